package health

import "slices"

// Worst returns the worst of the statuses, Healthy if there are none. A word
// that is not a status counts as Unhealthy: a check that says something
// unforeseen must not look well.
func Worst(statuses ...Status) Status {
	result := Healthy
	for _, s := range statuses {
		if s.rank() > result.rank() {
			result = s.known()
		}
	}
	return result
}

func (s Status) rank() int {
	switch s {
	case Healthy:
		return 0
	case Info:
		return 1
	case Warning:
		return 2
	default:
		return 3
	}
}

func (s Status) known() Status {
	if s.rank() == Unhealthy.rank() {
		return Unhealthy
	}
	return s
}

// settled returns a copy of the tree in which every node has the status of its
// worst child, if that is worse than its own, and every text is free of
// credentials. A copy, because a component may keep what its check returned.
func (n Node) settled(hide redactor) Node {
	n.Status = n.Status.known()
	n.Message = hide.text(n.Message)
	n.Figures = slices.Clone(n.Figures)
	for i := range n.Figures {
		n.Figures[i].Text = hide.text(n.Figures[i].Text)
	}
	children := make([]Node, 0, len(n.Children))
	for _, child := range n.Children {
		if child.CheckedAt.IsZero() {
			child.CheckedAt = n.CheckedAt
		}
		child = child.settled(hide)
		n.Status = Worst(n.Status, child.Status)
		children = append(children, child)
	}
	n.Children = children
	return n
}
