package cli

import (
	"context"
	"errors"
	"net"
	"os/signal"
	"runtime"
	"runtime/debug"
	"slices"
	"strconv"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"github.com/aegis-stack/aegis/blueprints/service/app"
)

func serveCommand(p *Program, c *console) *cobra.Command {
	var host string
	var port uint16
	var names []string
	cmd := &cobra.Command{
		Use:   "serve",
		Short: "Run the application until it is told to stop",
		Long: "Run the application until it is told to stop: once by SIGINT or SIGTERM to finish\n" +
			"what is in progress, twice to end at once.",
		Args: cobra.NoArgs,
	}
	cmd.Flags().StringVar(&host, "host", "", "address of the interface to listen on")
	cmd.Flags().Func("port", "`port` to listen on; 0 picks a free one", func(text string) error {
		n, err := strconv.ParseUint(text, 10, 16)
		if err != nil {
			return errors.New("want a number from 0 to 65535")
		}
		port = uint16(n)
		return nil
	})
	cmd.Flags().StringSliceVar(&names, "role", nil, "do the work of these roles only, in this process")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		roles := make([]app.Role, len(names))
		for i, name := range names {
			roles[i] = app.Role(name)
		}
		a, err := p.application(*c, nil, roles...)
		if err != nil {
			return err
		}
		if flags := cmd.Flags(); flags.Changed("host") || flags.Changed("port") {
			addr := listenAddr(a, host, port, flags.Changed("host"), flags.Changed("port"))
			if a, err = p.application(*c, map[string]string{"ADDR": addr}, roles...); err != nil {
				return err
			}
		}

		signalled, restore := signal.NotifyContext(cmd.Context(), syscall.SIGINT, syscall.SIGTERM)
		defer restore()
		ctx, end := context.WithCancel(cmd.Context())
		defer end()
		// In this order: whoever can see that the application shuts down can end
		// it at once with a second signal.
		context.AfterFunc(signalled, func() {
			restore()
			end()
		})
		// Whoever leaves the port open wants to read which one it became.
		asked := cmd.Flags().Changed("port") && port == 0
		// While it starts, collections would find little.
		percent := debug.SetGCPercent(600)
		defer debug.SetGCPercent(percent)
		return a.Run(ctx, func() {
			greet(a, *c, asked)
			time.AfterFunc(time.Second, func() {
				debug.SetGCPercent(percent)
				giveBack()
			})
		})
	}
	return cmd
}

// giveBack returns to the system the memory that only the start needed, which is
// most of it: the next collection may be minutes away. Pools keep what they have
// over the first one. It can wait until the first requests are answered.
func giveBack() {
	runtime.GC()
	debug.FreeOSMemory()
}

// listenAddr is the configured address with the parts that flags replace.
func listenAddr(a *app.App, host string, port uint16, hostSet, portSet bool) string {
	variables := a.Variables()
	i := slices.IndexFunc(variables, func(v app.Variable) bool { return v.Name == a.Prefix()+"ADDR" })
	oldHost, oldPort := "", ""
	if i >= 0 {
		// An address that does not parse has been refused before.
		oldHost, oldPort, _ = net.SplitHostPort(variables[i].Value)
	}
	if !hostSet {
		host = oldHost
	}
	if !portSet {
		return net.JoinHostPort(host, oldPort)
	}
	return net.JoinHostPort(host, strconv.Itoa(int(port)))
}

// greet tells somebody at a terminal, or who asked, where to look. Elsewhere
// the log does.
func greet(a *app.App, c console, asked bool) {
	s, err := serverOf(a)
	screen := newScreen(c)
	if err != nil || !screen.terminal && !asked {
		return
	}
	rows := [][]string{}
	dashboard := false
	for _, address := range s.Addresses() {
		rows = append(rows, []string{address.Name, address.URL})
		dashboard = dashboard || address.Name == "dashboard"
	}
	api := s.Addresses()[0].URL
	rows = append(rows, []string{"documentation", api + "/docs"})
	if home := func(e app.Endpoint) bool { return e.Path == "/" || e.Path == "/{$}" }; !dashboard && slices.ContainsFunc(s.Endpoints(), home) {
		rows = append(rows, []string{"dashboard", api + "/"})
	}
	screen.table([]string{a.Name, "ready"}, rows, nil)
}
