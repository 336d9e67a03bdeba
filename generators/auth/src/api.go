package auth

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"github.com/aegis-stack/aegis/blueprints/service/app"
	"github.com/aegis-stack/aegis/generators/auth/src/token"
)

const (
	apiPath  = "/api/v1/auth"
	keysPath = "/.well-known/jwks.json"
)

// Routes has the operations of the API. The pages are registered where the
// dashboard is, see Pages.
func (c *Component) Routes(r *app.Routes) {
	op := func(id, method, path, summary string, security []map[string][]string, status int, errors ...int) huma.Operation {
		return huma.Operation{
			OperationID: id, Method: method, Path: path, Summary: summary, Tags: []string{"auth"},
			Security: security, DefaultStatus: status, Errors: errors,
		}
	}
	public, signedIn := app.Everybody, app.SignedInOnly
	const (
		ok, accepted, done         = http.StatusOK, http.StatusAccepted, http.StatusNoContent
		refused, forbidden, limits = http.StatusUnauthorized, http.StatusForbidden, http.StatusTooManyRequests
	)
	huma.Register(r.API, op("register", http.MethodPost, apiPath+"/register",
		"Make an account; a mail says what comes next", public, accepted, forbidden, limits), c.apiRegister)
	huma.Register(r.API, op("verify-address", http.MethodPost, apiPath+"/verify",
		"Confirm an e-mail address, and sign in", public, ok, refused, forbidden, limits), c.apiVerify)
	huma.Register(r.API, op("login", http.MethodPost, apiPath+"/login",
		"Sign in with a password", public, ok, refused, forbidden, limits), c.apiLogin)
	huma.Register(r.API, op("refresh", http.MethodPost, apiPath+"/refresh",
		"Exchange a refresh token, once", public, ok, refused, limits), c.apiRefresh)
	huma.Register(r.API, op("logout", http.MethodPost, apiPath+"/logout",
		"End the session", signedIn, done, refused), c.apiLogout)

	huma.Register(r.API, op("forgot-password", http.MethodPost, apiPath+"/password/forgot",
		"Ask for a mail to choose a new password", public, accepted, limits), c.apiForgot)
	huma.Register(r.API, op("reset-password", http.MethodPost, apiPath+"/password/reset",
		"Choose a new password with the ticket of a mail", public, done, refused, limits), c.apiReset)
	huma.Register(r.API, op("change-password", http.MethodPut, apiPath+"/password",
		"Change the password, which ends all other sessions", signedIn, done, refused, forbidden, limits), c.apiChangePassword)

	huma.Register(r.API, op("get-profile", http.MethodGet, apiPath+"/profile",
		"Read one's own profile", signedIn, ok, refused), c.apiProfile)
	huma.Register(r.API, op("update-profile", http.MethodPut, apiPath+"/profile",
		"Change one's own profile", signedIn, ok, refused), c.apiRename)
	huma.Register(r.API, op("ask-for-address", http.MethodPut, apiPath+"/address",
		"Ask for another e-mail address; a mail to it says what comes next", signedIn, accepted, refused, forbidden, limits), c.apiAskForAddress)
	huma.Register(r.API, op("change-address", http.MethodPost, apiPath+"/address/change",
		"Change the e-mail address, with the ticket of a mail to it, which ends all other sessions", signedIn, ok, refused, http.StatusConflict, limits), c.apiChangeAddress)
	huma.Register(r.API, op("delete-account", http.MethodPost, apiPath+"/profile/delete",
		"Delete one's own account", signedIn, done, refused, forbidden, limits), c.apiDelete)

	huma.Register(r.API, op("list-sessions", http.MethodGet, apiPath+"/sessions",
		"List where one is signed in", signedIn, ok, refused), c.apiSessions)
	huma.Register(r.API, op("end-session", http.MethodDelete, apiPath+"/sessions/{id}",
		"End one of one's own sessions", signedIn, done, refused), c.apiEndSession)

	huma.Register(r.API, op("offer-second-factor", http.MethodGet, apiPath+"/second-factor",
		"Get a key for an authenticator", signedIn, ok, refused), c.apiOfferFactor)
	huma.Register(r.API, op("add-second-factor", http.MethodPut, apiPath+"/second-factor",
		"Put the key in force, and get recovery codes", signedIn, ok, refused, forbidden, limits), c.apiAddFactor)
	huma.Register(r.API, op("remove-second-factor", http.MethodPost, apiPath+"/second-factor/remove",
		"Sign in with the password alone from now on", signedIn, done, refused, forbidden, limits), c.apiRemoveFactor)

	c.adminRoutes(r)

	huma.Register(r.API, op("access-token-keys", http.MethodGet, keysPath,
		"The keys that access tokens are signed with", public, ok), c.apiKeys)
}

// Caller is embedded in inputs of operations that have to know the request.
type Caller struct{ request *http.Request }

// Resolve is called by the API before the operation.
func (in *Caller) Resolve(ctx huma.Context) []error {
	in.request, _ = humago.Unwrap(ctx)
	return nil
}

// Request is the one that the operation answers.
func (in *Caller) Request() *http.Request { return in.request }

// visitOf returns who has called an operation that is for accounts only.
func visitOf(ctx context.Context) visit {
	v, ok := ctx.Value(visitKey{}).(visit)
	if !ok {
		panic("auth: an operation for accounts was called by nobody")
	}
	return v
}

// none is the answer of an operation that has nothing to tell.
type none = struct{}

type tokensOutput struct {
	CacheControl string `header:"Cache-Control"`
	Body         *Tokens
}

func answerTokens(t *Tokens, err error) (*tokensOutput, error) {
	if err != nil {
		return nil, Problem(err)
	}
	return &tokensOutput{"no-store", t}, nil
}

type registerInput struct {
	Caller

	Body struct {
		Email    string `json:"email" maxLength:"254" format:"email"`
		Name     string `json:"name" minLength:"1" maxLength:"100"`
		Password string `json:"password" maxLength:"1000" writeOnly:"true"`
		Ticket   string `json:"ticket,omitempty" maxLength:"100" doc:"From an invitation: with one, people can register where others cannot"`
	}
}

func (c *Component) apiRegister(ctx context.Context, in *registerInput) (*none, error) {
	return nil, Problem(c.register(ctx, c.client(in.request), in.Body.Ticket, in.Body.Email, in.Body.Name, in.Body.Password))
}

// ticketInput is for what a link in a mail leads to.
type ticketInput struct {
	Caller

	Body struct {
		Ticket   string `json:"ticket" maxLength:"100" doc:"From the link in the mail"`
		Password string `json:"password" maxLength:"1000" writeOnly:"true"`
	}
}

func (c *Component) apiVerify(ctx context.Context, in *ticketInput) (*tokensOutput, error) {
	from := c.client(in.request)
	user, err := c.verify(ctx, from, in.Body.Ticket, in.Body.Password)
	if err != nil {
		return nil, Problem(err)
	}
	return answerTokens(c.signInProgram(ctx, from, user))
}

type loginInput struct {
	Caller

	Body struct {
		Email    string `json:"email" maxLength:"254"`
		Password string `json:"password" maxLength:"1000" writeOnly:"true"`
		Code     string `json:"code,omitempty" maxLength:"100" doc:"Of the second factor, or a recovery code, if the account has one"`
	}
}

func (c *Component) apiLogin(ctx context.Context, in *loginInput) (*tokensOutput, error) {
	from := c.client(in.request)
	user, err := c.checkPassword(ctx, from, in.Body.Email, in.Body.Password)
	if err != nil {
		return nil, Problem(err)
	}
	if user.TOTPKey != "" {
		if in.Body.Code == "" {
			return nil, Problem(errNeedCode)
		}
		if err := c.checkCode(ctx, from, user, in.Body.Code); err != nil {
			return nil, Problem(err)
		}
	}
	return answerTokens(c.signInProgram(ctx, from, user))
}

type refreshInput struct {
	Caller

	Body struct {
		Refresh string `json:"refresh_token" maxLength:"1000" writeOnly:"true"`
	}
}

func (c *Component) apiRefresh(ctx context.Context, in *refreshInput) (*tokensOutput, error) {
	return answerTokens(c.refresh(ctx, c.client(in.request), in.Body.Refresh))
}

func (c *Component) apiLogout(ctx context.Context, in *Caller) (*none, error) {
	return nil, Problem(c.signOut(ctx, c.client(in.request), visitOf(ctx)))
}

type forgotInput struct {
	Caller

	Body struct {
		Email string `json:"email" maxLength:"254" format:"email"`
	}
}

func (c *Component) apiForgot(ctx context.Context, in *forgotInput) (*none, error) {
	return nil, Problem(c.forgot(ctx, c.client(in.request), in.Body.Email))
}

func (c *Component) apiReset(ctx context.Context, in *ticketInput) (*none, error) {
	return nil, Problem(c.reset(ctx, c.client(in.request), in.Body.Ticket, in.Body.Password))
}

type changePasswordInput struct {
	Caller

	Body struct {
		Current string `json:"current" maxLength:"1000" writeOnly:"true"`
		New     string `json:"new" maxLength:"1000" writeOnly:"true"`
	}
}

func (c *Component) apiChangePassword(ctx context.Context, in *changePasswordInput) (*none, error) {
	return nil, Problem(c.changePassword(ctx, c.client(in.request), visitOf(ctx), in.Body.Current, in.Body.New))
}

type profileOutput struct {
	CacheControl string `header:"Cache-Control"`
	Body         User
}

func (c *Component) apiProfile(ctx context.Context, _ *none) (*profileOutput, error) {
	return &profileOutput{"no-store", visitOf(ctx).user.User}, nil
}

type renameInput struct {
	Caller

	Body struct {
		Name string `json:"name" minLength:"1" maxLength:"100"`
	}
}

func (c *Component) apiRename(ctx context.Context, in *renameInput) (*profileOutput, error) {
	user, err := c.rename(ctx, c.client(in.request), visitOf(ctx), in.Body.Name)
	if err != nil {
		return nil, Problem(err)
	}
	return &profileOutput{"no-store", user}, nil
}

type askForAddressInput struct {
	Caller

	Body struct {
		Email    string `json:"email" maxLength:"254" format:"email"`
		Password string `json:"password,omitempty" maxLength:"1000" writeOnly:"true" doc:"Empty where the account has none"`
		Code     string `json:"code,omitempty" maxLength:"100" doc:"Of the second factor, or a recovery code, if the account has one"`
	}
}

func (c *Component) apiAskForAddress(ctx context.Context, in *askForAddressInput) (*none, error) {
	return nil, Problem(c.askForAddress(ctx, c.client(in.request), visitOf(ctx), in.Body.Password, in.Body.Code, in.Body.Email))
}

type changeAddressInput struct {
	Caller

	Body struct {
		Ticket string `json:"ticket" maxLength:"100" doc:"From the link in the mail"`
	}
}

func (c *Component) apiChangeAddress(ctx context.Context, in *changeAddressInput) (*profileOutput, error) {
	user, err := c.changeAddress(ctx, c.client(in.request), visitOf(ctx), in.Body.Ticket)
	if err != nil {
		return nil, Problem(err)
	}
	return &profileOutput{"no-store", user}, nil
}

// confirmedInput is for what needs nothing but the password again.
type confirmedInput struct {
	Caller

	Body struct {
		Password string `json:"password,omitempty" maxLength:"1000" writeOnly:"true" doc:"Empty where the account has none"`
	}
}

func (c *Component) apiDelete(ctx context.Context, in *confirmedInput) (*none, error) {
	return nil, Problem(c.deleteAccount(ctx, c.client(in.request), visitOf(ctx), in.Body.Password))
}

type sessionsOutput struct {
	CacheControl string `header:"Cache-Control"`
	Body         []Session
}

func (c *Component) apiSessions(ctx context.Context, _ *none) (*sessionsOutput, error) {
	list, err := c.sessions(ctx, visitOf(ctx))
	if err != nil {
		return nil, Problem(err)
	}
	return &sessionsOutput{"no-store", list}, nil
}

type endSessionInput struct {
	Caller

	ID string `path:"id" minLength:"1" maxLength:"100"`
}

func (c *Component) apiEndSession(ctx context.Context, in *endSessionInput) (*none, error) {
	return nil, Problem(c.endSession(ctx, c.client(in.request), visitOf(ctx), in.ID))
}

type factorOutput struct {
	CacheControl string `header:"Cache-Control"`
	Body         *newFactor
}

func (c *Component) apiOfferFactor(ctx context.Context, _ *none) (*factorOutput, error) {
	return &factorOutput{"no-store", c.offerFactor(visitOf(ctx), "")}, nil
}

type addFactorInput struct {
	Caller

	Body struct {
		Password string `json:"password,omitempty" maxLength:"1000" writeOnly:"true" doc:"Empty where the account has none"`
		Pending  string `json:"pending" maxLength:"1000"`
		Code     string `json:"code" maxLength:"100" doc:"Of the new second factor"`
		Current  string `json:"current_code,omitempty" maxLength:"100" doc:"Of the second factor in force, or a recovery code, if the account has one"`
	}
}

type codesOutput struct {
	CacheControl string `header:"Cache-Control"`
	Body         struct {
		Codes []string `json:"recovery_codes" doc:"Each of them works once in the place of a code; they are not shown again"`
	}
}

func (c *Component) apiAddFactor(ctx context.Context, in *addFactorInput) (*codesOutput, error) {
	codes, err := c.addFactor(ctx, c.client(in.request), visitOf(ctx), in.Body.Password, in.Body.Pending, in.Body.Code, in.Body.Current)
	if err != nil {
		return nil, Problem(err)
	}
	out := &codesOutput{CacheControl: "no-store"}
	out.Body.Codes = codes
	return out, nil
}

type removeFactorInput struct {
	Caller

	Body struct {
		Password string `json:"password,omitempty" maxLength:"1000" writeOnly:"true" doc:"Empty where the account has none"`
		Code     string `json:"code,omitempty" maxLength:"100" doc:"Of the second factor, or a recovery code"`
	}
}

func (c *Component) apiRemoveFactor(ctx context.Context, in *removeFactorInput) (*none, error) {
	return nil, Problem(c.removeFactor(ctx, c.client(in.request), visitOf(ctx), in.Body.Password, in.Body.Code))
}

type keysOutput struct {
	CacheControl string `header:"Cache-Control"`
	Body         struct {
		Keys []token.PublicKey `json:"keys"`
	}
}

func (c *Component) apiKeys(ctx context.Context, _ *none) (*keysOutput, error) {
	keys, err := c.tokens.Keys(ctx)
	out := &keysOutput{CacheControl: "public, max-age=300"}
	out.Body.Keys = keys
	return out, err
}
