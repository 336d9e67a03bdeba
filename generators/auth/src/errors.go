package auth

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/aegis-stack/aegis/generators/backend/src"
)

// refusal is why something is not done, in words for who asked for it.
type refusal struct {
	status int
	text   string
	wait   time.Duration // until it may be tried again; 0 is not said
}

func (r *refusal) Error() string { return r.text }

var (
	errCredentials   = &refusal{status: http.StatusUnauthorized, text: "the e-mail address or the password is wrong"}
	errPassword      = &refusal{status: http.StatusForbidden, text: "the password is wrong"}
	errNeedCode      = &refusal{status: http.StatusUnauthorized, text: "a code of the second factor is needed"}
	errCode          = &refusal{status: http.StatusUnauthorized, text: "the code is wrong, or was used before"}
	errUnverified    = &refusal{status: http.StatusForbidden, text: "confirm the e-mail address first, with the link in the mail that was just sent again"}
	errDisabled      = &refusal{status: http.StatusForbidden, text: "this account is disabled"}
	errTicket        = &refusal{status: http.StatusUnauthorized, text: "this is not valid any more, or was used before"}
	errRefresh       = &refusal{status: http.StatusUnauthorized, text: "the refresh token is not valid"}
	errEmail         = &refusal{status: http.StatusUnprocessableEntity, text: "want an e-mail address such as ada@example.com"}
	errSameEmail     = &refusal{status: http.StatusUnprocessableEntity, text: "this is the address of your account already"}
	errNUL           = &refusal{status: http.StatusBadRequest, text: backend.ErrNUL.Error()}
	errName          = &refusal{status: http.StatusUnprocessableEntity, text: fmt.Sprintf("want a name of 1 to %d characters in one line", longestName)}
	errClosed        = &refusal{status: http.StatusForbidden, text: "nobody can register here; ask an administrator for an account"}
	errNoUser        = &refusal{status: http.StatusNotFound, text: "there is no such user"}
	errTaken         = &refusal{status: http.StatusConflict, text: "there is a user with this e-mail address"}
	errYourself      = &refusal{status: http.StatusConflict, text: "you cannot do this to yourself"}
	errProvider      = &refusal{status: http.StatusUnauthorized, text: "the provider did not confirm who you are; try again"}
	errProviderAt    = &refusal{status: http.StatusForbidden, text: "the provider does not vouch for your e-mail address"}
	errNoProvider    = &refusal{status: http.StatusNotFound, text: "there is no such provider"}
	errNotConfigured = &refusal{status: http.StatusServiceUnavailable, text: "this provider is not configured"}
	errLinked        = &refusal{status: http.StatusConflict, text: "the account at the provider is linked to another user"}
	errLastWay       = &refusal{status: http.StatusConflict, text: "choose a password first; otherwise you could not sign in any more"}
	errPasswordNew   = &refusal{status: http.StatusConflict, text: "sign in again, then this is possible without a password"}
)

// tooMany tells how long to wait.
func tooMany(wait time.Duration) error {
	return &refusal{status: http.StatusTooManyRequests, text: "too many attempts; try again later", wait: wait}
}

// Problem is an error as the API answers it. One that is not a refusal is not
// for clients.
func Problem(err error) error {
	r, ok := errors.AsType[*refusal](err)
	if !ok {
		if errors.Is(err, context.Canceled) {
			return huma.Error503ServiceUnavailable("the request was given up")
		}
		return err
	}
	answer := huma.NewError(r.status, r.text)
	if r.wait > 0 {
		return huma.ErrorWithHeaders(answer, http.Header{"Retry-After": {backend.RetryAfter(r.wait)}})
	}
	return answer
}
