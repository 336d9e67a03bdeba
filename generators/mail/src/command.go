package mail

import (
	"fmt"

	"github.com/spf13/cobra"
)

// Commands returns the command that tells whether mail can be sent from here.
func (c *Component) Commands() []*cobra.Command {
	test := &cobra.Command{
		Use:   "test ADDRESS",
		Short: "Send a message to find out whether that works",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if c.server == nil {
				return fmt.Errorf("there is no server to send through: set %sMAIL_URL", c.app.Prefix())
			}
			err := c.Send(cmd.Context(), Message{
				To:      args[0],
				Subject: "Test of " + c.app.Name,
				Text:    "Mail of " + c.app.Name + " arrives.\n",
			})
			if err == nil {
				cmd.Printf("%s has taken the message to %s\n", c.server.addr(), args[0])
			}
			return err
		},
	}
	mail := &cobra.Command{Use: "mail", Short: "Look at the mail", Args: cobra.NoArgs}
	mail.AddCommand(test)
	return []*cobra.Command{mail}
}
