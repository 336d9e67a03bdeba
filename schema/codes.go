package schema

import (
	"maps"
	"slices"
)

// Code names a kind of mistake. Codes are stable: scripts and suppressions may
// rely on them.
type Code string

// The kinds of mistakes. Those below AEG010 keep a manifest from being read at
// all, those from AEG010 are about single values, those from AEG020 about
// several, those from AEG030 about limits, and those from AEG040 about other
// files of the user.
const (
	CodeUnreadable  Code = "AEG001"
	CodeSyntax      Code = "AEG002"
	CodeImport      Code = "AEG004"
	CodeForbidden   Code = "AEG005"
	CodeUndefined   Code = "AEG006"
	CodeExpression  Code = "AEG007"
	CodeUnknown     Code = "AEG010"
	CodeMissing     Code = "AEG011"
	CodeType        Code = "AEG012"
	CodeChoice      Code = "AEG013"
	CodeBounds      Code = "AEG014"
	CodeText        Code = "AEG015"
	CodeIncomplete  Code = "AEG016"
	CodeConflict    Code = "AEG017"
	CodeRule        Code = "AEG019"
	CodeAlways      Code = "AEG020"
	CodeNeeded      Code = "AEG021"
	CodePort        Code = "AEG022"
	CodePayload     Code = "AEG023"
	CodeReference   Code = "AEG024"
	CodeTooLarge    Code = "AEG030"
	CodeTooMuchWork Code = "AEG031"
	CodeInternal    Code = "AEG032"
	CodeCompose     Code = "AEG040"
)

// Title returns what the code stands for, in a few words; it is empty for a
// code that does not exist.
func (c Code) Title() string { return titles[c] }

// Codes returns all codes, sorted.
func Codes() []Code { return slices.Sorted(maps.Keys(titles)) }

var titles = map[Code]string{
	CodeUnreadable:  "the manifest cannot be read",
	CodeSyntax:      "the text is not CUE",
	CodeImport:      "an import that cannot be had, or is not used",
	CodeForbidden:   "a manifest may not read from outside itself",
	CodeUndefined:   "a name that is not defined",
	CodeExpression:  "an expression that has no value",
	CodeUnknown:     "a field that does not exist",
	CodeMissing:     "a required field is missing",
	CodeType:        "a value of the wrong type",
	CodeChoice:      "a value that is not among the choices",
	CodeBounds:      "a value out of bounds",
	CodeText:        "a text of the wrong form",
	CodeIncomplete:  "a field without a definite value",
	CodeConflict:    "a field with different values in two places",
	CodeRule:        "a rule between several values is broken",
	CodeAlways:      "a part of every project is switched off",
	CodeNeeded:      "something is switched off that another part needs",
	CodePort:        "two parts listen on the same port",
	CodePayload:     "a payload that Go code cannot be made of",
	CodeReference:   "a name that nothing is declared by",
	CodeTooLarge:    "the manifest is too large",
	CodeTooMuchWork: "the manifest takes too long or too much memory",
	CodeInternal:    "the evaluator failed",
	CodeCompose:     "a compose file that Compose does not take",
}
