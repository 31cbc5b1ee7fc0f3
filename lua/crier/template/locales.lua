--- The names of months and days in the languages that dates can be written in,
-- as dayjs has them. A language without short forms cuts its names to three
-- letters.
-- @module crier.template.locales
local NAMES = {
  en = {
    months = "January February March April May June July August September October "
      .. "November December",
    weekdays = "Sunday Monday Tuesday Wednesday Thursday Friday Saturday",
  },
  de = {
    months = "Januar Februar März April Mai Juni Juli August September Oktober "
      .. "November Dezember",
    short_months = "Jan. Feb. März Apr. Mai Juni Juli Aug. Sept. Okt. Nov. Dez.",
    weekdays = "Sonntag Montag Dienstag Mittwoch Donnerstag Freitag Samstag",
    short_weekdays = "So. Mo. Di. Mi. Do. Fr. Sa.",
  },
  fr = {
    months = "janvier février mars avril mai juin juillet août septembre octobre "
      .. "novembre décembre",
    short_months = "janv. févr. mars avr. mai juin juil. août sept. oct. nov. déc.",
    weekdays = "dimanche lundi mardi mercredi jeudi vendredi samedi",
    short_weekdays = "dim. lun. mar. mer. jeu. ven. sam.",
  },
  es = {
    months = "enero febrero marzo abril mayo junio julio agosto septiembre octubre "
      .. "noviembre diciembre",
    short_months = "ene feb mar abr may jun jul ago sep oct nov dic",
    weekdays = "domingo lunes martes miércoles jueves viernes sábado",
    short_weekdays = "dom. lun. mar. mié. jue. vie. sáb.",
  },
  it = {
    months = "gennaio febbraio marzo aprile maggio giugno luglio agosto settembre "
      .. "ottobre novembre dicembre",
    short_months = "gen feb mar apr mag giu lug ago set ott nov dic",
    weekdays = "domenica lunedì martedì mercoledì giovedì venerdì sabato",
    short_weekdays = "dom lun mar mer gio ven sab",
  },
  nl = {
    months = "januari februari maart april mei juni juli augustus september "
      .. "oktober november december",
    short_months = "jan feb mrt apr mei jun jul aug sep okt nov dec",
    weekdays = "zondag maandag dinsdag woensdag donderdag vrijdag zaterdag",
    short_weekdays = "zo. ma. di. wo. do. vr. za.",
  },
  pt = {
    months = "janeiro fevereiro março abril maio junho julho agosto setembro "
      .. "outubro novembro dezembro",
    short_months = "jan fev mar abr mai jun jul ago set out nov dez",
    weekdays = "domingo segunda-feira terça-feira quarta-feira quinta-feira "
      .. "sexta-feira sábado",
    short_weekdays = "dom seg ter qua qui sex sab",
  },
  pl = {
    months = "styczeń luty marzec kwiecień maj czerwiec lipiec sierpień wrzesień "
      .. "październik listopad grudzień",
    months_of_day = "stycznia lutego marca kwietnia maja czerwca lipca sierpnia września "
      .. "października listopada grudnia",
    short_months = "sty lut mar kwi maj cze lip sie wrz paź lis gru",
    weekdays = "niedziela poniedziałek wtorek środa czwartek piątek sobota",
    short_weekdays = "ndz pon wt śr czw pt sob",
  },
  sv = {
    months = "januari februari mars april maj juni juli augusti september oktober "
      .. "november december",
    short_months = "jan feb mar apr maj jun jul aug sep okt nov dec",
    weekdays = "söndag måndag tisdag onsdag torsdag fredag lördag",
    short_weekdays = "sön mån tis ons tor fre lör",
  },
  da = {
    months = "januar februar marts april maj juni juli august september oktober "
      .. "november december",
    short_months = "jan. feb. mar. apr. maj juni juli aug. sept. okt. nov. dec.",
    weekdays = "søndag mandag tirsdag onsdag torsdag fredag lørdag",
    short_weekdays = "søn. man. tirs. ons. tors. fre. lør.",
  },
  nb = {
    months = "januar februar mars april mai juni juli august september oktober "
      .. "november desember",
    short_months = "jan. feb. mars april mai juni juli aug. sep. okt. nov. des.",
    weekdays = "søndag mandag tirsdag onsdag torsdag fredag lørdag",
    short_weekdays = "sø. ma. ti. on. to. fr. lø.",
  },
  fi = {
    months = "tammikuu helmikuu maaliskuu huhtikuu toukokuu kesäkuu heinäkuu "
      .. "elokuu syyskuu lokakuu marraskuu joulukuu",
    short_months = "tammi helmi maalis huhti touko kesä heinä elo syys loka marras joulu",
    weekdays = "sunnuntai maanantai tiistai keskiviikko torstai perjantai lauantai",
    short_weekdays = "su ma ti ke to pe la",
  },
  cs = {
    months = "leden únor březen duben květen červen červenec srpen září říjen "
      .. "listopad prosinec",
    short_months = "led úno bře dub kvě čvn čvc srp zář říj lis pro",
    weekdays = "neděle pondělí úterý středa čtvrtek pátek sobota",
    short_weekdays = "ne po út st čt pá so",
  },
  ja = {
    months = "1月 2月 3月 4月 5月 6月 7月 8月 9月 10月 11月 12月",
    short_months = "1月 2月 3月 4月 5月 6月 7月 8月 9月 10月 11月 12月",
    weekdays = "日曜日 月曜日 火曜日 水曜日 木曜日 金曜日 土曜日",
    short_weekdays = "日 月 火 水 木 金 土",
    am = "午前", pm = "午後",
  },
}

local locales = {}

local function words(text)
  local list = {}
  for word in (text or ""):gmatch "%S+" do
    list[#list + 1] = word
  end
  return list[1] and list or nil
end

for language, names in pairs(NAMES) do
  locales[language] = {
    months = words(names.months),
    months_of_day = words(names.months_of_day),
    short_months = words(names.short_months),
    weekdays = words(names.weekdays),
    short_weekdays = words(names.short_weekdays),
    am = names.am or "AM",
    pm = names.pm or "PM",
  }
end

return locales
