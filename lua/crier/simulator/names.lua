--- The names, places and trades that simulated people are made of.
-- A name is written `shown/ascii` where its mail address is spelt otherwise,
-- and `_` stands for a space.
-- @module crier.simulator.names
local names = {}

local function split(list)
  local out = {}
  for item in list:gmatch("%S+") do
    local shown, ascii = item:match("^(.-)/(.+)$")
    shown = (shown or item):gsub("_", " ")
    ascii = (ascii or item):lower():gsub("[^%w%-]", "")
    out[#out + 1] = { shown = shown, ascii = ascii }
  end
  return out
end

-- language, country, calling code, surname first, given names, surnames,
-- offices, Windows time zone
local function culture(language, country, code, is_surname_first, given, surname, offices, zone)
  local places = {}
  for _, place in ipairs(split(offices)) do
    places[#places + 1] = place.shown
  end
  return { language = language, country = country, code = code, zone = zone,
    is_surname_first = is_surname_first, given = split(given), surname = split(surname),
    offices = places }
end

--- The cultures, an array.  Each has `language`, `country`, `code` (telephone),
-- `zone`, `given`, `surname` (arrays of `{shown=, ascii=}`) and `offices`.
names.cultures = {
  culture("en-US", "US", "+1", false,
    "Emma Liam Olivia Noah Ava Mason Sophia Ethan Mia Tyrone Keisha D'Andre",
    "Smith Johnson Williams Brown Garcia Miller Davis Washington O'Connor McDonald Lee Nguyen",
    "Seattle Austin New_York Chicago", "Pacific Standard Time"),
  culture("en-GB", "GB", "+44", false,
    "Harry Amelia Oliver Isla Jack Poppy Callum Niamh Rhys Siân/Sian Alasdair Imogen",
    "Taylor Evans Wilson Thomas Roberts Walker O'Brien MacLeod Patel Hughes Smith-Jones Khan",
    "London Leeds Edinburgh Cardiff", "GMT Standard Time"),
  culture("de-DE", "DE", "+49", false,
    "Anna Lukas Jürgen/Juergen Käthe/Kaethe Maximilian Sophie Björn/Bjoern Leonie Karl-Heinz"
    .. " Ursula Stefan Zoë/Zoe",
    "Müller/Mueller Schmidt Weber Schäfer/Schaefer Groß/Gross Köhler/Koehler Vogel Özdemir/Oezdemir"
    .. " von_Bülow/vonBuelow Hoffmann Krüger/Krueger Böhm/Boehm",
    "Berlin München Hamburg Köln", "W. Europe Standard Time"),
  culture("fr-FR", "FR", "+33", false,
    "Léa/Lea Hugo Chloé/Chloe Jean-Luc Amélie/Amelie François/Francois Inès/Ines Théo/Theo Camille"
    .. " Benoît/Benoit Aïcha/Aicha Margaux",
    "Martin Bernard Lefèvre/Lefevre Dubois Moreau D'Amboise Fournier Girard Benali Le_Goff Roux"
    .. " Château/Chateau",
    "Paris Lyon Marseille Orléans", "Romance Standard Time"),
  culture("es-ES", "ES", "+34", false,
    "Lucía/Lucia Martín/Martin Sofía/Sofia Íñigo/Inigo María_José/MariaJose Álvaro/Alvaro Carmen"
    .. " Joaquín/Joaquin Begoña/Begona Pablo",
    "García_López/GarciaLopez Fernández/Fernandez Núñez/Nunez Ibáñez/Ibanez de_la_Fuente"
    .. " Muñoz/Munoz Ruiz Ortega Peña/Pena Gil",
    "Madrid Barcelona Sevilla A_Coruña", "Romance Standard Time"),
  culture("pt-BR", "BR", "+55", false,
    "João/Joao Maria Antônio/Antonio Ana Luís/Luis Beatriz Thiago Letícia/Leticia Caíque/Caique",
    "Silva Souza Oliveira Conceição/Conceicao dos_Santos Araújo/Araujo Ferreira Gonçalves/Goncalves"
    .. " Assunção/Assuncao",
    "São_Paulo Recife Curitiba", "E. South America Standard Time"),
  culture("it-IT", "IT", "+39", false,
    "Giulia Francesco Chiara Niccolò/Niccolo Matteo Elena Giosuè/Giosue Alessia",
    "Rossi Russo D'Angelo Esposito De_Luca Ferrari Nicolò/Nicolo Costa",
    "Milano Roma Torino Forlì", "W. Europe Standard Time"),
  culture("nl-NL", "NL", "+31", false,
    "Daan Sanne Bram Fleur Jeroen Anouk Sjoerd Noor Chloë/Chloe",
    "de_Vries van_der_Berg Jansen 't_Hart Bakker van_Dijk Visser Ruijs Çelik/Celik",
    "Amsterdam Utrecht 's-Hertogenbosch", "W. Europe Standard Time"),
  culture("sv-SE", "SE", "+46", false,
    "Åsa/Asa Lars Elin Göran/Goran Maja Örjan/Orjan Linnéa/Linnea Nils",
    "Andersson Åkesson/Akesson Lindström/Lindstrom Öberg/Oberg Nilsson Sjöström/Sjostrom Holm",
    "Stockholm Göteborg Malmö", "W. Europe Standard Time"),
  culture("pl-PL", "PL", "+48", false,
    "Łukasz/Lukasz Zofia Grażyna/Grazyna Wojciech Agnieszka Michał/Michal"
    .. " Małgorzata/Malgorzata",
    "Kowalski Wiśniewska/Wisniewska Wójcik/Wojcik Dąbrowski/Dabrowski Żak/Zak Nowak"
    .. " Błaszczyk/Blaszczyk",
    "Warszawa Kraków Łódź", "Central European Standard Time"),
  culture("cs-CZ", "CZ", "+420", false,
    "Jiří/Jiri Tereza Ondřej/Ondrej Kateřina/Katerina Václav/Vaclav Eliška/Eliska Šimon/Simon",
    "Novák/Novak Svobodová/Svobodova Dvořák/Dvorak Černý/Cerny Procházka/Prochazka Růžička/Ruzicka",
    "Praha Brno Plzeň", "Central Europe Standard Time"),
  culture("tr-TR", "TR", "+90", false,
    "Ayşe/Ayse Mehmet İbrahim/Ibrahim Gülşen/Gulsen Işık/Isik Emre Çağla/Cagla Oğuz/Oguz",
    "Yılmaz/Yilmaz Demir Şahin/Sahin Çelik/Celik Öztürk/Ozturk Doğan/Dogan Aydın/Aydin",
    "İstanbul Ankara İzmir", "Turkey Standard Time"),
  culture("hi-IN", "IN", "+91", false,
    "Priya Rahul Ananya Arjun Lakshmi Vikram आरव/Aarav सुनीता/Sunita Deepika Srinivasan",
    "Sharma Iyer Banerjee Reddy Venkataraman सिंह/Singh Chatterjee Kaur Nair Mukhopadhyay",
    "Bengaluru Mumbai Hyderabad Pune", "India Standard Time"),
  culture("ar-EG", "EG", "+20", false,
    "محمد/Mohamed فاطمة/Fatma Youssef نور/Nour Ahmed مريم/Mariam Omar Layla",
    "حسن/Hassan الشريف/Elsherif عبد_الله/Abdallah Mansour El-Sayed خليل/Khalil",
    "Cairo Alexandria", "Egypt Standard Time"),
  culture("ja-JP", "JP", "+81", true,
    "陽翔/Haruto 結衣/Yui さくら/Sakura 健太/Kenta 美咲/Misaki 大輔/Daisuke 真理子/Mariko",
    "佐藤/Sato 鈴木/Suzuki 田中/Tanaka 渡辺/Watanabe 伊藤/Ito 山本/Yamamoto 髙橋/Takahashi",
    "東京 大阪 Fukuoka", "Tokyo Standard Time"),
  culture("zh-CN", "CN", "+86", true,
    "伟/Wei 芳/Fang 秀英/Xiuying 磊/Lei 子涵/Zihan 国强/Guoqiang 欣怡/Xinyi",
    "王/Wang 李/Li 张/Zhang 刘/Liu 陈/Chen 欧阳/Ouyang 赵/Zhao",
    "上海 Shenzhen 北京", "China Standard Time"),
  culture("ko-KR", "KR", "+82", true,
    "민준/Minjun 서연/Seoyeon 지훈/Jihoon 하은/Haeun 영희/Younghee 도윤/Doyun",
    "김/Kim 이/Lee 박/Park 최/Choi 정/Jung 강/Kang",
    "서울 Busan", "Korea Standard Time"),
  culture("vi-VN", "VN", "+84", true,
    "Anh Minh Hương/Huong Tuấn/Tuan Thảo/Thao Đức/Duc Ngọc/Ngoc",
    "Nguyễn/Nguyen Trần/Tran Lê/Le Phạm/Pham Hoàng/Hoang Đặng/Dang",
    "Hà_Nội Đà_Nẵng", "SE Asia Standard Time"),
  culture("id-ID", "ID", "+62", false,
    "Siti Budi Dewi Agus Putri Wahyu Suharto Kartini",
    "- Santoso Wijaya - Hidayat Lestari - Nasution", -- "-": one name only
    "Jakarta Surabaya", "SE Asia Standard Time"),
  culture("uk-UA", "UA", "+380", false,
    "Олена/Olena Андрій/Andrii Наталія/Nataliia Тарас/Taras Соломія/Solomiia Dmytro",
    "Шевченко/Shevchenko Коваленко/Kovalenko Бондар/Bondar Мельник/Melnyk Lysenko",
    "Kyiv Lviv", "FLE Standard Time"),
  culture("yo-NG", "NG", "+234", false,
    "Adébáyò/Adebayo Chioma Ngozi Olúwaṣeun/Oluwaseun Ibrahim Amina Emeka",
    "Okafor Adéyemí/Adeyemi Balogun Nwosu Ọláyínká/Olayinka Bello",
    "Lagos Abuja", "W. Central Africa Standard Time"),
}

--- Departments with the job titles of each, an array of
-- `{ name =, titles = {…} }`.
names.departments = {
  { name = "Sales", titles = { "Account Executive", "Sales Manager", "Inside Sales Representative",
    "Regional Director, EMEA" } },
  { name = "Engineering", titles = { "Software Engineer", "Senior Software Engineer",
    "Staff Engineer", "Engineering Manager", "Test Engineer" } },
  { name = "Human Resources", titles = { "HR Business Partner", "Recruiter",
    "Payroll Specialist" } },
  { name = "Finance", titles = { "Accountant", "Financial Analyst", "Controller" } },
  { name = "Marketing", titles = { "Content Manager", "Brand Manager", "Events Coordinator" } },
  { name = "Research & Development", titles = { "Scientist", "Senior Scientist",
    "Lab Technician" } },
  { name = "IT", titles = { "System Administrator", "Service Desk Analyst", "Cloud Architect" } },
  { name = "Customer Support", titles = { "Support Engineer", "Team Lead \"Tier 2\"" } },
  { name = "Logistics", titles = { "Warehouse Operator", "Dispatcher", "Shift Supervisor" } },
  { name = "Manufacturing", titles = { "Machine Operator", "Plant Manager", "Quality Inspector" } },
  { name = "Legal", titles = { "Counsel", "Paralegal" } },
  { name = "Women's Health", titles = { "Nurse", "Physician", "Midwife" } },
}

--- What meeting rooms are called.
names.rooms = { "Room Ada", "Room Turing", "Room Kraków", "Boardroom", "Quiet Room" }

--- What shared mailboxes are called.
names.mailboxes = { "Info", "Invoices", "Job Applications", "Front Desk" }

return names
