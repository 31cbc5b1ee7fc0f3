# Clients of a server that send bytes as slowly as they are told to, many at once.
#
#   rawclients.pl HOST PORT RESULTS
#
# Reads orders from standard input: a line "NAME TIMES PIECES PAUSE THEN LENGTH" and the
# LENGTH bytes to send, in so many pieces with PAUSE hundredths of a second between two; so
# many TIMES, on a connection each. THEN says what follows: "read" the answer, "cut" the
# connection, or "hold" it in silence. Writes a line "NAME STATUS" for each to the file
# RESULTS; a word in place of the status where nothing was answered. Ends with standard input.
use strict;
use warnings;
use IO::Handle;
use IO::Select;
use POSIX ();
use Socket;

my $MOST = 500; # at once, those that are held aside: more would not be let in
my %ENDS = (cut => "cut", hold => "held");
my ($host, $port, $results) = @ARGV;
my $address = sockaddr_in($port, inet_aton($host));
open(my $out, ">>", $results) or die "$results: $!";
$out->autoflush(1);
$SIG{PIPE} = "IGNORE";
STDIN->blocking(0);
my ($heard, $is_open, @orders, %clients, @held) = ("", 1);

sub now { return (POSIX::times())[0] }

sub finish {
  my ($client, $how) = @_;
  delete $clients{ fileno $client->{socket} };
  $how eq "held" ? push(@held, $client->{socket}) : close $client->{socket};
  print $out "$client->{name} $how\n";
}

sub hear {
  my $got = sysread STDIN, $heard, 1 << 16, length $heard;
  $is_open = 0 if defined $got && $got == 0;
  while ($heard =~ /^(\S+) (\d+) (\d+) (\d+) (\w+) (\d+)\n/ && length($heard) >= $+[0] + $6) {
    my ($text, $end) = (substr($heard, $+[0], $6), $+[0] + $6);
    push @orders, { name => $1, times => $2, pause => $4, then => $5, rest => $text,
      size => POSIX::ceil(length($text) / $3) };
    substr($heard, 0, $end) = "";
  }
}

sub begin {
  my ($order) = @_;
  my $client = { %$order, at => 0, answer => "" };
  if (!socket($client->{socket}, PF_INET, SOCK_STREAM, 0)) {
    print $out "$client->{name} none\n";
    return;
  }
  $client->{socket}->blocking(0);
  $clients{ fileno $client->{socket} } = $client;
  my $is_coming = connect($client->{socket}, $address) || $!{EINPROGRESS};
  finish($client, "unreachable") if !$is_coming;
}

sub hear_answer {
  my ($client) = @_;
  my $got = sysread $client->{socket}, $client->{answer}, 4096, length $client->{answer};
  return if !defined $got && $!{EAGAIN};
  my ($status) = $client->{answer} =~ m{^HTTP/1\.\d (\d+)};
  finish($client, $status // ($client->{at} ? "closed" : "unreachable")) if $status || !$got;
}

sub say_more {
  my ($client) = @_;
  return if !$client->{at} && !getpeername $client->{socket};
  my $sent = syswrite $client->{socket}, $client->{rest}, $client->{size};
  return if !defined $sent; # what the server says of that is read
  substr($client->{rest}, 0, $sent) = "";
  $client->{at} = now() + $client->{pause};
  my $end = $client->{rest} eq "" && $ENDS{ $client->{then} };
  finish($client, $end) if $end;
}

while ($is_open) {
  my @readers = map { $_->{socket} } values %clients;
  for my $ready (IO::Select->new(\*STDIN, @readers)->can_read(0.01)) {
    my $client = $clients{ fileno $ready };
    $client ? hear_answer($client) : hear();
  }
  while (@orders && keys %clients < $MOST) {
    begin($orders[0]);
    shift @orders if --$orders[0]{times} == 0;
  }
  my $now = now();
  for my $client (values %clients) {
    my $is_left = $client->{rest} ne "" || !$client->{at};
    say_more($client) if $is_left && $client->{at} <= $now;
  }
}
