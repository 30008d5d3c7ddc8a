#!/usr/bin/env bash
# Shows that nftables.conf keeps what it says (H5), in two network namespaces of
# its own: from outside only 80 and 443 answer, from inside only what is named can
# be reached. Needs root, ip, nft and nmap; touches nothing of the machine's rules.
set -euo pipefail
cd "$(dirname "$0")"
out=callshu-outside-$$ in=callshu-server-$$
pids=()
cleanup() {
	for pid in "${pids[@]}"; do kill "$pid" 2>/dev/null || true; done
	ip netns del "$out" 2>/dev/null || true
	ip netns del "$in" 2>/dev/null || true
}
trap cleanup EXIT
ip netns add "$out"
ip netns add "$in"
ip link add o netns "$out" type veth peer name i netns "$in"
ip -n "$out" addr add 192.0.2.25/24 dev o
ip -n "$out" addr add 192.0.2.99/24 dev o
ip -n "$in" addr add 192.0.2.1/24 dev i
for ns in "$out" "$in"; do ip -n "$ns" link set lo up; done
ip -n "$out" link set o up
ip -n "$in" link set i up
# A server of addresses that are no administrator's: the set is emptied here.
ip netns exec "$in" nft -f nftables.conf
ip netns exec "$in" nft flush set inet callshu admins
listen() { # namespace, port
	ip netns exec "$1" python3 -c "import socket; s = socket.create_server(('', $2)); s.listen(); [s.accept() for _ in iter(int, 1)]" &
	pids+=($!)
}
for port in 22 80 443 5432 8080 9090; do listen "$in" "$port"; done
for port in 587 25 8443; do listen "$out" "$port"; done
sleep 2
open=$(ip netns exec "$out" nmap -Pn -n -p 22,80,443,5432,8080,9090 --max-retries 3 --host-timeout 30s 192.0.2.1 | awk '/open/ {print $1}' | paste -sd' ')
[ "$open" = "80/tcp 443/tcp" ] || { echo "from outside are open: $open"; exit 1; }
reach() { ip netns exec "$in" timeout 2 bash -c "exec 3<>/dev/tcp/$1/$2" 2>/dev/null; }
reach 192.0.2.25 587 || { echo "the mail server cannot be reached"; exit 1; }
for other in "192.0.2.25 25" "192.0.2.25 8443" "192.0.2.99 587"; do
	# shellcheck disable=SC2086 # an address and a port
	! reach $other || { echo "$other can be reached"; exit 1; }
done
echo "from outside only 80 and 443, from inside only what is named"
