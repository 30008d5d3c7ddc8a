package restapi

import (
	"net/http"
	"strings"

	"github.com/callshu/callshu/internal/carriersim/order"
	"github.com/callshu/callshu/internal/carriersim/resource"
	"github.com/callshu/callshu/internal/carriersim/settings"
)

func (h *Handler) listNumbers(x *exchange) {
	w, ok := x.readWindow()
	if !ok {
		return
	}
	items, more, known := h.engine.ListNumbers(x.form.Get("PhoneNumber"), w.Window)
	if !known {
		x.badToken()
		return
	}
	pages(x, w, "incoming_phone_numbers", items, more, func(n resource.Number) string { return n.SID })
}

func (h *Handler) fetchNumber(x *exchange, sid string) {
	x.number(h.engine.UpdateNumber(sid, nil))
}

// updateNumber changes where a number's calls and texts are announced; what
// the request leaves out stays.
func (h *Handler) updateNumber(x *exchange, sid string) {
	for _, name := range []string{"VoiceUrl", "VoiceFallbackUrl", "StatusCallback", "SmsUrl", "SmsFallbackUrl"} {
		if raw := x.form.Get(name); raw != "" && !settings.ValidURL(raw) {
			x.refuse(order.Refuse(21402, name+" is not a valid URL: "+raw))
			return
		}
	}
	for _, name := range []string{"VoiceMethod", "SmsMethod"} {
		if m := strings.ToUpper(x.form.Get(name)); m != "" && m != http.MethodGet && m != http.MethodPost {
			x.refuse(order.Refuse(21403, name+" is not a valid method: "+x.form.Get(name)))
			return
		}
	}
	x.number(h.engine.UpdateNumber(sid, func(n *settings.NumberConfig) {
		for name, field := range map[string]*string{"VoiceUrl": &n.VoiceURL, "VoiceFallbackUrl": &n.VoiceFallbackURL, "StatusCallback": &n.StatusCallback,
			"SmsUrl": &n.SMSURL, "SmsFallbackUrl": &n.SMSFallbackURL} {
			if x.form.Has(name) {
				*field = x.form.Get(name)
			}
		}
		for name, field := range map[string]*string{"VoiceMethod": &n.VoiceMethod, "SmsMethod": &n.SMSMethod} {
			if x.form.Has(name) {
				*field = strings.ToUpper(x.form.Get(name))
			}
		}
	}))
}

func (x *exchange) number(n resource.Number, ok bool) {
	if !ok {
		x.notFound()
		return
	}
	x.status, x.body = 200, n
}
