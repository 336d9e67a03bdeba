package render

// workflowStyle is how people write a workflow.
var workflowStyle = yamlStyle{
	keys: []string{
		"name", "on", "push", "pull_request", "schedule", "workflow_dispatch",
		"id", "if", "needs", "runs-on", "timeout-minutes",
		"permissions", "concurrency", "group", "cancel-in-progress", "defaults", "strategy", "services",
		"uses", "with", "env", "working-directory", "run", "steps", "jobs",
	},
	names: []string{"jobs", "env", "with", "permissions", "matrix", "services"},
	apart: []string{"jobs"},
}

// Workflow returns the workflow document as YAML below a comment.
func Workflow(workflow *Document, comment string) ([]byte, error) {
	return workflowStyle.write(workflow.Tree, comment)
}
