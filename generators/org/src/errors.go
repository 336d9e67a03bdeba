package org

import (
	"fmt"
	"net/http"

	"github.com/aegis-stack/aegis/generators/auth/src"
)

var (
	errNoOrg        = auth.Refusal(http.StatusNotFound, "there is no such organisation")
	errTaken        = auth.Refusal(http.StatusConflict, "there is an organisation with this name in paths; choose another")
	errSlug         = auth.Refusal(http.StatusUnprocessableEntity, "want a name in paths such as \"acme\": lower-case letters, digits and hyphens between them, at most 40 characters")
	errNoMember     = auth.Refusal(http.StatusNotFound, "there is no such member")
	errOwner        = auth.Refusal(http.StatusConflict, "this is the owner: hand the organisation over first, or delete it")
	errOwnerRole    = auth.Refusal(http.StatusConflict, "an organisation has one owner: hand it over instead")
	errOwns         = auth.Refusal(http.StatusConflict, "hand over or delete the organisations first that are yours")
	errMany         = auth.Refusal(http.StatusConflict, fmt.Sprintf("nobody has more than %d organisations", mostOwned))
	errNoInvitation = auth.Refusal(http.StatusNotFound, "there is no such invitation")
	errInvitations  = auth.Refusal(http.StatusConflict, "too many invitations wait to be accepted; withdraw some first")
	errRecipient    = auth.Refusal(http.StatusUnprocessableEntity, "mail cannot be sent to this address")
	errTicket       = auth.Refusal(http.StatusNotFound, "this invitation is not valid any more, or was accepted before")
	errOthers       = auth.Refusal(http.StatusForbidden, "this invitation was sent to another address; sign in with that")
)
