package frontend

import "github.com/aegis-stack/aegis/blueprints/service/health"

// entry is a node of the tree that has a card and a page of its own.
type entry struct {
	path string // in the tree, as join makes it
	node health.Node
}

// group is a heading of the overview and the entries below it.
type group struct {
	title   string
	entries []entry
}

// groups returns the entries of a tree as the overview shows them. Components
// and services have a branch each; whatever else hangs on the root describes
// the system that they run on.
func groups(root health.Node) []group {
	system := group{title: "System"}
	var branches []group
	for _, child := range root.Children {
		path := join(root.Name, child.Name)
		switch child.Name {
		case "components", "services":
			branch := group{title: label(child.Name)}
			for _, node := range child.Children {
				branch.entries = append(branch.entries, entry{join(path, node.Name), node})
			}
			branches = append(branches, branch)
		default:
			system.entries = append(system.entries, entry{path, child})
		}
	}
	all := make([]group, 0, len(branches)+1)
	for _, branch := range append(branches, system) {
		if len(branch.entries) > 0 {
			all = append(all, branch)
		}
	}
	return all
}

// find returns the entry of that name.
func find(root health.Node, name string) (entry, bool) {
	for _, group := range groups(root) {
		for _, e := range group.entries {
			if e.node.Name == name {
				return e, true
			}
		}
	}
	return entry{}, false
}
