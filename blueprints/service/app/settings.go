package app

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// kernelConfig is what the kernel itself reads.
type kernelConfig struct {
	Env             Environment   `env:"ENV" envDefault:"development" doc:"development or production"`
	LogLevel        logLevel      `env:"LOG_LEVEL" envDefault:"info" doc:"Least important level that is logged: debug, info, warn or error"`
	LogFormat       logFormat     `env:"LOG_FORMAT" envDefault:"auto" doc:"auto, text or json; auto is text on a terminal and json elsewhere"`
	AdminToken      string        `env:"ADMIN_TOKEN" secret:"true" min:"16" doc:"Token that opens the dashboard and the details, at least 16 characters"`
	ShutdownTimeout time.Duration `env:"SHUTDOWN_TIMEOUT" envDefault:"20s" min:"100ms" max:"1h" doc:"How long a shutdown may take"`
}

// Environment is where the application runs.
type Environment string

const (
	// Development is on somebody's desk: open, and explaining itself.
	Development Environment = "development"
	// Production is closed to all who have no token.
	Production Environment = "production"
)

// UnmarshalText accepts the environments there are.
func (e *Environment) UnmarshalText(text []byte) error {
	return choose(e, text, Development, Production)
}

type logLevel string

const (
	logDebug logLevel = "debug"
	logInfo  logLevel = "info"
	logWarn  logLevel = "warn"
	logError logLevel = "error"
)

// UnmarshalText accepts the levels there are.
func (l *logLevel) UnmarshalText(text []byte) error {
	return choose(l, text, logDebug, logInfo, logWarn, logError)
}

type logFormat string

const (
	logAuto logFormat = "auto"
	logText logFormat = "text"
	logJSON logFormat = "json"
)

// UnmarshalText accepts the formats there are.
func (f *logFormat) UnmarshalText(text []byte) error {
	return choose(f, text, logAuto, logText, logJSON)
}

func choose[T ~string](to *T, text []byte, choices ...T) error {
	if v := T(text); slices.Contains(choices, v) {
		*to = v
		return nil
	}
	words := make([]string, len(choices))
	for i, c := range choices {
		words[i] = string(c)
	}
	last := len(words) - 1
	return fmt.Errorf("want %s or %s", strings.Join(words[:last], ", "), words[last])
}

// ConfigError is everything that is wrong with the configuration.
type ConfigError struct {
	// Problems are sorted; each names its variable.
	Problems []string
}

// Error has one line for each problem.
func (e *ConfigError) Error() string { return strings.Join(e.Problems, "\n") }

func (a *App) configError() error {
	if len(a.problems) == 0 {
		return nil
	}
	slices.Sort(a.problems)
	return &ConfigError{Problems: slices.Compact(a.problems)}
}
