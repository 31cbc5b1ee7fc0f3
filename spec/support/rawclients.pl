# Clients of a server that send bytes as slowly as they are told to, many at once.
#
#   rawclients.pl HOST PORT RESULTS
#
# Reads requests from standard input: a line "NAME PIECES PAUSE CUT LENGTH" and the LENGTH
# bytes to send, in so many pieces with PAUSE hundredths of a second between two; those that
# are CUT hang up afterwards, the others read the answer. Writes a line "NAME STATUS" for
# each to the file RESULTS; a word in place of the status where nothing was answered. Ends
# with standard input.
use strict;
use warnings;
use IO::Select;
use IO::Socket::INET;
use POSIX ();

my ($host, $port, $results) = @ARGV;
open(my $out, ">>", $results) or die "$results: $!";
$out->autoflush(1);
$SIG{PIPE} = "IGNORE";
STDIN->blocking(0);
my ($heard, $is_open, %clients) = ("", 1);

sub now { return (POSIX::times())[0] }

sub finish {
  my ($client, $how) = @_;
  delete $clients{ fileno $client->{socket} };
  close $client->{socket};
  print $out "$client->{name} $how\n";
}

sub begin {
  my ($name, $pieces, $pause, $cut, $text) = @_;
  my $socket = IO::Socket::INET->new(PeerAddr => $host, PeerPort => $port);
  return print $out "$name unreachable\n" if !$socket;
  $socket->blocking(0);
  my $size = POSIX::ceil(length($text) / $pieces);
  $clients{ fileno $socket } = { name => $name, socket => $socket, pause => $pause,
    cut => $cut, rest => $text, size => $size, at => now(), answer => "" };
}

sub hear {
  my $got = sysread STDIN, $heard, 1 << 16, length $heard;
  $is_open = 0 if defined $got && $got == 0;
  while ($heard =~ /^(\S+) (\d+) (\d+) (\d) (\d+)\n/ && length($heard) >= $+[0] + $5) {
    my @client = ($1, $2, $3, $4, substr($heard, $+[0], $5));
    substr($heard, 0, $+[0] + $5) = "";
    begin(@client);
  }
}

sub hear_answer {
  my ($client) = @_;
  my $got = sysread $client->{socket}, $client->{answer}, 4096, length $client->{answer};
  return if !defined $got && $!{EAGAIN};
  my ($status) = $client->{answer} =~ m{^HTTP/1\.\d (\d+)};
  finish($client, $status // "closed") if $status || !$got;
}

sub say_more {
  my ($client) = @_;
  my $sent = syswrite $client->{socket}, $client->{rest}, $client->{size};
  return if !defined $sent; # what the server says of that is read
  substr($client->{rest}, 0, $sent) = "";
  $client->{at} = now() + $client->{pause};
  finish($client, "cut") if $client->{rest} eq "" && $client->{cut};
}

while ($is_open || %clients) {
  my @readers = map { $_->{socket} } values %clients;
  for my $ready (IO::Select->new($is_open ? \*STDIN : (), @readers)->can_read(0.01)) {
    my $client = $clients{ fileno $ready };
    $client ? hear_answer($client) : hear();
  }
  my $now = now();
  for my $client (values %clients) {
    say_more($client) if $client->{rest} ne "" && $client->{at} <= $now;
  }
}
