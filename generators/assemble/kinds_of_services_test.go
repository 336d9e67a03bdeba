package assemble

import (
	"strings"
	"testing"

	"github.com/aegis-stack/aegis/generators"
	"github.com/aegis-stack/aegis/generators/all"
)

// payments and chat are services of quite another kind than auth. The first has
// tables, secrets, tasks in the background and a provider to choose; the second
// keeps nothing in the database, and streams what one of several models says.
func paymentsAndChat() []generators.Generator {
	const kernel = "github.com/aegis-stack/aegis/"
	payments := generators.FromFS("payments", folder(
		"component.cue", `package schema

#Services: payments?: #Payments

// Money.
#Payments: {
	#Component

	// Who moves it.
	provider: *"stripe" | "invoice"
}

_registry: payments: {
	namespace: "services"
	summary: "payments, and who has made them"
	config:  #Payments
	inline:  "provider"
	in:      _
	requires: {
		auth:     "knows the customers"
		database: "keeps what was paid"
		worker:   "asks again what became of a payment"
	}
	variants: [in.provider]
	leaves: "the tables payments_*"
	env: PAYMENTS_SECRET: {doc: "What the provider knows the application by.", secret: true}
}
`,
		"README.md", "# payments\n",
		"compose.jsonnet", "function(model) { secrets: { payments_secret: { doc: 'Of the provider.', value: 'sk_' } } }",
		"src/payments.go", `package payments

import (
	"`+kernel+`blueprints/service/app"
	"`+kernel+`generators/auth/src"
	"`+kernel+`generators/database/src"
	"`+kernel+`generators/worker/src"
)

type Component struct{}

type Provider interface{ Pay() }

func New(a *app.App, u *auth.Component, d *database.Component, w *worker.Component, p Provider) (*Component, error) {
	return nil, nil
}
`,
		"src/migrations/00001_payments.sql", "-- +goose Up\n",
		"src/stripe/stripe.go", `package stripe

import (
	"`+kernel+`blueprints/service/app"
	"`+kernel+`generators/payments/src"
)

func New(a *app.App) (payments.Provider, error) { return nil, nil }
`,
		"src/invoice/invoice.go", `package invoice

import (
	"`+kernel+`blueprints/service/app"
	"`+kernel+`generators/mail/src"
	"`+kernel+`generators/payments/src"
)

func New(a *app.App, m *mail.Component) (payments.Provider, error) { return nil, nil }
`,
		"modules.stripe.json", strings.Replace(locked("example.com/stripe", "v85.0.0"), `"1.26"`, `"1.26.0"`, 1),
	), "stripe", "invoice")

	chat := generators.FromFS("chat", folder(
		"component.cue", `package schema

#Services: chat?: #Chat

// Talk.
#Chat: {
	#Component

	// Models by name.
	models: [#Key]: {url: #Line, tokens: *1000 | int & >0}

	// The one that is asked if nobody says which.
	default?: #Key
}

_registry: chat: {
	namespace: "services"
	summary: "answers of language models, as a stream"
	config:  #Chat
	in:      _
	requires: {
		backend: "streams the answers"
		if len(in.models) > 1 {cache: "remembers answers of models"}
	}
	refs: default: {from: "default", to: "models", what: "model"}
}
`,
		"README.md", "# chat\n",
		"src/chat.go", `package chat

import (
	"`+kernel+`blueprints/service/app"
	"`+kernel+`generators/backend/src"
)

type Component struct{}

func New(a *app.App, b *backend.Component) (*Component, error) { return nil, nil }
`,
	))
	return []generators.Generator{payments, chat}
}

// TestServicesOfEveryKind puts three wholly different services into one project,
// with the pipeline as it is.
func TestServicesOfEveryKind(t *testing.T) {
	gens := append(all.Generators(), paymentsAndChat()...)
	s, err := generators.Schema(gens)
	if err != nil {
		t.Fatal(err)
	}
	load := func(manifest string) (map[string]string, error) {
		project, err := s.LoadBytes(map[string][]byte{"aegis.cue": []byte("name: \"shop\"\nmodule: \"example.com/shop\"\n" + manifest)})
		if err != nil {
			return nil, err
		}
		files, err := Render(project, gens)
		return texts(t, files), err
	}
	got, err := load("services: {payments: {}, chat: {models: {small: url: \"https://x\", large: url: \"https://y\"}, default: \"small\"}}\n")
	if err != nil {
		t.Fatal(err)
	}
	for name, wants := range map[string][]string{
		"cmd/shop/components_gen.go": {
			"auth.New(a, backendComponent, databaseComponent, frontendComponent, mailComponent)",
			"payments.New(a, authComponent, databaseComponent, workerComponent, stripeProvider)", "chat.New(a, backendComponent)", "cache.New(",
		},
		"internal/payments/payments.go":                   {`"example.com/shop/internal/auth"`},
		"internal/payments/stripe/stripe.go":              {`"example.com/shop/internal/payments"`},
		"internal/payments/migrations/00001_payments.sql": {"goose"},
		"internal/chat/chat.go":                           {"package chat"},
		".env.example":                                    {"SHOP_PAYMENTS_SECRET", "SHOP_AUTH_SECRET"},
		"go.mod":                                          {"example.com/stripe v85.0.0", "github.com/golang-jwt/jwt/v5"},
		"compose.prod.yaml":                               {"payments_secret"},
		"README.md":                                       {"internal/payments/README.md", "internal/chat/README.md"},
	} {
		for _, want := range wants {
			if !strings.Contains(got[name], want) {
				t.Errorf("%s lacks %q:\n%s", name, want, got[name])
			}
		}
	}
	if got["internal/payments/invoice/invoice.go"] != "" {
		t.Error("a provider is there that nobody chose")
	}
	if got, err = load("services: payments: provider: \"invoice\"\n"); err != nil || strings.Contains(got["go.mod"], "stripe") ||
		!strings.Contains(got["cmd/shop/components_gen.go"], "invoice.New(a, mailComponent)") {
		t.Errorf("with invoices: %v\n%s", err, got["cmd/shop/components_gen.go"])
	}
	for manifest, want := range map[string]string{
		"services: payments: {}\nservices: auth: enabled: false\n":              "auth is switched off, but payments needs it",
		"services: chat: {models: small: url: \"https://x\", default: \"big\"}": `no model "big"`,
		"services: paymnts: {}\n": `did you mean "payments"?`,
		"components: chat: {}\n":  "services",
	} {
		if _, err := load(manifest); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q is refused with %v, want %q", manifest, err, want)
		}
	}
}
