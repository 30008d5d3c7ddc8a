#!/usr/bin/env bash
# Shows that nftables.conf keeps what it says (H5), in three network namespaces of
# its own: from outside only 80 and 443 answer, from inside only what is named can
# be reached, and so for containers behind the server; tables of others stay. Needs
# root, ip, nft and nmap; touches nothing of the machine's rules. Containers of one
# bridge are not here: whether they pass `forward` is the kernel's choice.
set -euo pipefail
cd "$(dirname "$0")"
out=callshu-outside-$$ in=callshu-server-$$ box=callshu-containers-$$
pids=()
cleanup() {
	for pid in "${pids[@]}"; do kill "$pid" 2>/dev/null || true; done
	for ns in "$out" "$in" "$box"; do ip netns del "$ns" 2>/dev/null || true; done
}
trap cleanup EXIT
for ns in "$out" "$in" "$box"; do ip netns add "$ns"; done
ip link add o netns "$out" type veth peer name i netns "$in"
ip -n "$out" addr add 192.0.2.25/24 dev o
ip -n "$out" addr add 192.0.2.99/24 dev o
ip -n "$in" addr add 192.0.2.1/24 dev i
ip link add c netns "$box" type veth peer name b netns "$in"
ip -n "$in" addr add 172.30.83.1/24 dev b
for host in 10 11; do ip -n "$box" addr add 172.30.83.$host/24 dev c; done # Caddy, the product
for end in "$out o" "$in i" "$in b" "$box c"; do
	ip -n "${end% *}" link set lo up
	ip -n "${end% *}" link set dev "${end#* }" up
done
ip -n "$out" route add 172.30.83.0/24 via 192.0.2.1
ip -n "$box" route add default via 172.30.83.1
ip netns exec "$in" sysctl -qw net.ipv4.ip_forward=1
# A server of addresses that are no administrator's: the set is emptied here.
ip netns exec "$in" nft add table ip docker
for _ in first again; do ip netns exec "$in" nft -f nftables.conf; done
ip netns exec "$in" nft list table ip docker >/dev/null || { echo "the table of somebody else is gone"; exit 1; }
ip netns exec "$in" nft flush set inet callshu admins
listen() { # namespace, ports
	ip netns exec "$1" python3 -c 'import signal, sys, socket; all = [socket.create_server(("", int(p))) for p in sys.argv[1:]]; signal.pause()' "${@:2}" &
	pids+=($!)
	for _ in {1..100}; do
		! ip netns exec "$1" bash -c "exec 3<>/dev/tcp/127.0.0.1/${*: -1}" 2>/dev/null || return 0
		sleep 0.1
	done
	echo "nobody listens in $1" >&2
	return 1
}
listen "$in" 22 80 443 5432 8080 9090
listen "$out" 587 25 8443 80 443 8080
listen "$box" 80 443 8080
open=$(ip netns exec "$out" nmap -Pn -n -p 22,80,443,5432,8080,9090 --max-retries 3 --host-timeout 30s 192.0.2.1 | awk '/open/ {print $1}' | paste -sd' ')
[ "$open" = "80/tcp 443/tcp" ] || { echo "from outside are open: $open"; exit 1; }
reach() { # namespace, address, port
	ip netns exec "$1" timeout 2 bash -c "exec 3<>/dev/tcp/$2/$3" 2>/dev/null
}
for way in "$in 192.0.2.25 587" "$in 172.30.83.10 443" "$box 192.0.2.25 587" "$out 172.30.83.10 80" "$out 172.30.83.10 443"; do
	# shellcheck disable=SC2086 # a namespace, an address and a port
	reach $way || { echo "$way cannot be reached"; exit 1; }
done
for way in "$in 192.0.2.25 25" "$in 192.0.2.25 8443" "$in 192.0.2.99 587" "$in 172.30.83.11 8080" \
	"$box 192.0.2.25 80" "$box 192.0.2.25 443" "$box 192.0.2.25 8080" "$box 192.0.2.99 587" \
	"$out 172.30.83.10 8080" "$out 172.30.83.11 8080" "$out 172.30.83.11 443"; do
	# shellcheck disable=SC2086 # a namespace, an address and a port
	! reach $way || { echo "$way can be reached"; exit 1; }
done
echo "from outside only 80 and 443, from inside and from containers only what is named"
