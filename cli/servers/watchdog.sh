# Ends what a process started, should that process die without doing so: it holds the other end of our stdin.
# Each line is a verb and a value: "service PID", "server PID" (to end, services first), "folder PATH" (to remove then),
# "forget VALUE" (it has ended by itself), "hurry SECONDS". PIDs lead process groups. $1: how many seconds each kind may
# take to stop.
trap '' HUP INT TERM
# Lists are separated by newlines: a path may hold anything else.
set -f
newline='
'
IFS=$newline
grace=$1 services= servers= folders=

without() { # WORD LIST...
  word=$1; shift
  for each in "$@"; do [ "$each" = "$word" ] || printf '%s\n' "$each"; done
}

end() { # SIGNAL PID...
  signal=$1; shift
  for pid in "$@"; do kill -s "$signal" "$pid" 2>/dev/null; kill -s CONT -- "-$pid" 2>/dev/null; done
  ticks=$((grace * 10))
  for pid in "$@"; do
    while kill -0 "$pid" 2>/dev/null && [ $ticks -gt 0 ]; do sleep 0.1; ticks=$((ticks - 1)); done
    kill -s KILL -- "-$pid" 2>/dev/null
  done
}

while IFS=' ' read -r verb value; do
  case $verb in
    service) services="$services$newline$value" ;;
    server) servers="$servers$newline$value" ;;
    folder) folders="$folders$newline$value" ;;
    hurry) grace=$value ;;
    forget)
      services=$(without "$value" $services)
      servers=$(without "$value" $servers)
      folders=$(without "$value" $folders)
      ;;
  esac
done

end TERM $services
# INT: PostgreSQL's fast shutdown (TERM would wait for its clients); the others stop on it as well.
end INT $servers
for folder in $folders; do rm -rf -- "$folder"; done
