package backend

import (
	"fmt"
	"net/http"
	"net/netip"
	"slices"
	"strings"
)

// network is a range of addresses.
type network struct{ netip.Prefix }

// UnmarshalText accepts 10.0.0.0/8 and single addresses.
func (n *network) UnmarshalText(text []byte) error {
	s := strings.TrimSpace(string(text))
	if addr, err := netip.ParseAddr(s); err == nil {
		n.Prefix = netip.PrefixFrom(addr, addr.BitLen())
		return nil
	}
	prefix, err := netip.ParsePrefix(s)
	if err != nil {
		return fmt.Errorf("want networks such as 10.0.0.0/8, not %q", s)
	}
	n.Prefix = prefix
	return nil
}

// clientOf returns the address of the client. What X-Forwarded-For says is
// read from the right, as long as a trusted proxy has said it: everything left
// of that may be the client's own invention. Addresses of IPv6 are cut to the
// network that one client has for itself.
func clientOf(r *http.Request, trusted []network) netip.Addr {
	peer, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return netip.Addr{} // not TCP: all of these are one client
	}
	client := peer.Addr().Unmap()
	if len(trusted) > 0 {
		client = forwarded(client, r.Header.Values("X-Forwarded-For"), trusted)
	}
	if client.Is6() {
		if prefix, err := client.WithZone("").Prefix(64); err == nil {
			return prefix.Addr()
		}
	}
	return client
}

func forwarded(client netip.Addr, headers []string, trusted []network) netip.Addr {
	hops := strings.Split(strings.Join(headers, ","), ",")
	for _, hop := range slices.Backward(hops) {
		if !slices.ContainsFunc(trusted, func(n network) bool { return n.Contains(client) }) {
			return client
		}
		addr, err := netip.ParseAddr(strings.TrimSpace(hop))
		if err != nil {
			return client
		}
		client = addr.Unmap()
	}
	return client
}

// ClientOf returns the address of who sent the request, by which clients are told
// apart: that of IPv6 is cut to the network that one client has for itself.
func (c *Component) ClientOf(r *http.Request) netip.Addr { return clientOf(r, c.config.TrustedProxies) }
