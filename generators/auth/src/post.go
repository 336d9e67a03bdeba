package auth

import (
	"context"
	"fmt"
	"log/slog"
	"sync"

	"github.com/aegis-stack/aegis/generators/mail/src"
)

const (
	// waiting is how many letters may wait for those before them.
	waiting = 256
	// postmen is how many are sent at the same time.
	postmen = 4
)

// post sends mail after the request that it is about is answered: neither the
// answer nor its time tells whether there is anything to send.
type post struct {
	log     *slog.Logger
	mail    *mail.Component
	letters chan letter
	unsent  *sync.WaitGroup
}

// letter returns a message, or nil if there is nothing to send after all.
type letter func(ctx context.Context) (*mail.Message, error)

func newPost(log *slog.Logger, m *mail.Component) post {
	return post{log: log, mail: m, letters: make(chan letter, waiting), unsent: &sync.WaitGroup{}}
}

// later has the letter written and sent. If too many wait already, it is lost:
// people can ask again.
func (p post) later(ctx context.Context, l letter) {
	p.unsent.Add(1)
	select {
	case p.letters <- l:
	default:
		p.unsent.Done()
		p.log.WarnContext(ctx, "mail is lost: too much of it is waiting")
	}
}

// run sends letters until ctx ends.
func (p post) run(ctx context.Context) {
	var wg sync.WaitGroup
	for range postmen {
		wg.Go(func() {
			for {
				select {
				case <-ctx.Done():
					return
				case l := <-p.letters:
					p.send(ctx, l)
				}
			}
		})
	}
	wg.Wait()
}

// flush sends the letters that wait, in a command, where nobody else does.
func (p post) flush(ctx context.Context) {
	for {
		select {
		case l := <-p.letters:
			p.send(ctx, l)
		default:
			return
		}
	}
}

func (p post) send(ctx context.Context, l letter) {
	defer p.unsent.Done()
	message, err := l(ctx)
	if err == nil && message != nil {
		err = p.mail.Send(ctx, *message)
	}
	if err != nil {
		p.log.ErrorContext(ctx, "could not send mail", "error", err)
	}
}

// drain waits until all letters are sent.
func (p post) drain(ctx context.Context) error {
	sent := make(chan struct{})
	go func() {
		p.unsent.Wait()
		close(sent)
	}()
	select {
	case <-sent:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("send the mail that is waiting: %w", ctx.Err())
	}
}

// The texts.

// verifyMail greets nobody: who registers must not have others read what they
// like.
func (c *Component) verifyMail(to *userRow, ticket string) *mail.Message {
	return &mail.Message{To: to.Email, Subject: "Confirm your e-mail address", Text: "Hello,\n\n" +
		"somebody, probably you, has made an account at " + c.home() + " with this address.\n" +
		"To confirm that, follow this link and enter the password that you have chosen:\n\n" +
		c.Link(verifyPath+"?ticket="+ticket) + "\n\n" +
		"If it was not you, do nothing: the account cannot be used.\n"}
}

func (c *Component) knownMail(to *userRow) *mail.Message {
	return &mail.Message{To: to.Email, Subject: "You have an account already", Text: "Hello " + to.Name + ",\n\n" +
		"somebody, probably you, wanted to make an account at " + c.home() + " with this address.\n" +
		"You have one already. If you do not know its password any more, choose a new one:\n\n" +
		c.Link(forgotPath) + "\n\n" +
		"If it was not you, do nothing: nothing has changed.\n"}
}

func (c *Component) resetMail(to *userRow, ticket string) *mail.Message {
	return &mail.Message{To: to.Email, Subject: "Choose a new password", Text: "Hello " + to.Name + ",\n\n" +
		"somebody, probably you, has asked for a new password at " + c.home() + ".\n" +
		"Choose one here, within the hour:\n\n" +
		c.Link(resetPath+"?ticket="+ticket) + "\n\n" +
		"If it was not you, do nothing: your password has not changed.\n"}
}

// addressMail greets nobody either.
func (c *Component) addressMail(to, ticket string) *mail.Message {
	return &mail.Message{To: to, Subject: "Confirm your new e-mail address", Text: "Hello,\n\n" +
		"somebody, probably you, wants to use this address for their account at " + c.home() + ".\n" +
		"If it is you, follow this link within the hour:\n\n" +
		c.Link(changeAddressPath+"?ticket="+ticket) + "\n\n" +
		"If it was not you, do nothing: the address cannot be used.\n"}
}

func (c *Component) takenMail(to *userRow) *mail.Message {
	return &mail.Message{To: to.Email, Subject: "You have an account already", Text: "Hello " + to.Name + ",\n\n" +
		"somebody, perhaps you, wanted to use this address for another account at " + c.home() + ".\n" +
		"It is that of yours. Change that, or delete it, to use the address elsewhere:\n\n" +
		c.Link(accountPath) + "\n\n" +
		"If it was not you, do nothing: nothing has changed.\n"}
}

// leftMail goes to the address that was the user's before.
func (c *Component) leftMail(to *userRow, email string) *mail.Message {
	return &mail.Message{To: to.Email, Subject: "Your e-mail address was changed", Text: "Hello " + to.Name + ",\n\n" +
		"the address of your account at " + c.home() + " is " + email + " now, and no more this one.\n\n" +
		"If it was not you, ask an administrator to disable the account.\n"}
}

// changedMail tells about what somebody else may have done.
func (c *Component) changedMail(to *userRow, what string) *mail.Message {
	return &mail.Message{To: to.Email, Subject: "Your account was changed", Text: "Hello " + to.Name + ",\n\n" +
		what + " at " + c.home() + ".\n\n" +
		"If it was not you, choose a new password, which signs everybody out:\n\n" +
		c.Link(forgotPath) + "\n"}
}
