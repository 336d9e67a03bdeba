package graph

import (
	"cmp"
	"math"
	"slices"
)

// The layout is one of layers: what needs something is above it. Its steps are
// the usual ones: a layer for each box, points where arrows pass through a
// layer, an order in each layer with few crossings, and then the places.

// Distances in pixels.
const (
	gapX, gapY = 28, 56
	passing    = 12 // the width that an arrow takes between boxes
)

// box is a node with its place, or a point where an arrow passes through a
// layer.
type box struct {
	node          *node // nil for a point
	x, y          float64
	width, height float64
	above, below  []*box // its neighbours
}

func (b *box) centre() float64 { return b.x + b.width/2 }

func (b *box) linked() bool { return len(b.above)+len(b.below) > 0 }

// route is an arrow with the boxes on its way, both ends included.
type route struct {
	edge  edge
	boxes []*box
}

// layered is a diagram with its places.
type layered struct {
	layers        [][]*box
	routes        []route
	width, height float64
}

// layout places a diagram. size says how large a node is drawn.
func layout(d diagram, size func(*node) (width, height float64)) *layered {
	l := new(layered)
	boxes := map[string]*box{}
	layerOf := rank(d)
	for i := range d.nodes {
		n := &d.nodes[i]
		b := &box{node: n}
		b.width, b.height = size(n)
		boxes[n.name] = b
		l.add(b, layerOf[n.name])
	}
	for _, e := range d.edges {
		from, to := boxes[e.from], boxes[e.to]
		if from == nil || to == nil || from == to {
			continue
		}
		r := route{edge: e, boxes: []*box{from}}
		// An arrow of a ring leads upwards: it passes the same layers backwards.
		step := 1
		if layerOf[e.to] < layerOf[e.from] {
			step = -1
		}
		for i := layerOf[e.from] + step; layerOf[e.to] != layerOf[e.from] && i != layerOf[e.to]; i += step {
			p := &box{width: passing}
			l.add(p, i)
			r.boxes = append(r.boxes, p)
		}
		r.boxes = append(r.boxes, to)
		for i := 1; i < len(r.boxes); i++ {
			upper, lower := r.boxes[i-1], r.boxes[i]
			if step < 0 {
				upper, lower = lower, upper
			}
			upper.below = append(upper.below, lower)
			lower.above = append(lower.above, upper)
		}
		l.routes = append(l.routes, r)
	}
	l.order()
	l.place()
	return l
}

func (l *layered) add(b *box, layer int) {
	for len(l.layers) <= layer {
		l.layers = append(l.layers, nil)
	}
	l.layers[layer] = append(l.layers[layer], b)
}

// rank returns the layer of each node: below all that need it. Nodes without an
// arrow share a layer at the bottom. Of a ring, one arrow does not count.
func rank(d diagram) map[string]int {
	needs := map[string][]string{}
	linked := map[string]bool{}
	for _, e := range d.edges {
		needs[e.to] = append(needs[e.to], e.from)
		linked[e.from], linked[e.to] = true, true
	}
	layer, open := map[string]int{}, map[string]bool{}
	var visit func(name string) int
	visit = func(name string) int {
		if at, done := layer[name]; done || open[name] {
			return at
		}
		open[name] = true
		at := 0
		for _, by := range needs[name] {
			if !open[by] {
				at = max(at, visit(by)+1)
			}
		}
		delete(open, name)
		layer[name] = at
		return at
	}
	last := -1
	for _, n := range d.nodes {
		if linked[n.name] {
			last = max(last, visit(n.name))
		}
	}
	for _, n := range d.nodes {
		if !linked[n.name] {
			layer[n.name] = last + 1
		}
	}
	return layer
}

// order sorts each layer by the middle of the neighbours, down and up again,
// until nothing is gained any more.
func (l *layered) order() {
	position := map[*box]float64{}
	note := func(layer []*box) {
		for i, b := range layer {
			position[b] = float64(i) / float64(len(layer))
		}
	}
	sweep := func(layer []*box, neighbours func(*box) []*box) {
		middle := map[*box]float64{}
		for _, b := range layer {
			middle[b] = position[b]
			if near := neighbours(b); len(near) > 0 {
				sum := 0.0
				for _, n := range near {
					sum += position[n]
				}
				middle[b] = sum / float64(len(near))
			}
		}
		slices.SortStableFunc(layer, func(a, b *box) int { return cmp.Compare(middle[a], middle[b]) })
		note(layer)
	}
	for _, layer := range l.layers {
		note(layer)
	}
	for range 8 {
		for _, layer := range l.layers {
			sweep(layer, func(b *box) []*box { return b.above })
		}
		for _, layer := range slices.Backward(l.layers) {
			sweep(layer, func(b *box) []*box { return b.below })
		}
	}
}

// place gives every box its coordinates: as near to its neighbours as the
// others in its layer let it.
func (l *layered) place() {
	y := 0.0
	for _, layer := range l.layers {
		x, height := 0.0, 0.0
		for _, b := range layer {
			b.x, b.y = x, y
			x += b.width + gapX
			height = max(height, b.height)
		}
		for _, b := range layer {
			if b.node == nil {
				b.height = height
			}
		}
		y += height + gapY
	}
	for range 24 {
		for _, layer := range l.layers {
			pull(layer)
		}
		for _, layer := range slices.Backward(l.layers) {
			pull(layer)
		}
	}
	left := math.Inf(1)
	for _, layer := range l.layers {
		if b := layer[0]; b.linked() {
			left = min(left, b.x)
		}
	}
	for _, layer := range l.layers {
		for _, b := range layer {
			if b.linked() {
				b.x -= left // the others are where they were: at the left
			}
			l.width = max(l.width, b.x+b.width)
			l.height = max(l.height, b.y+b.height)
		}
	}
}

// pull moves the boxes of a layer towards their neighbours and keeps their order
// and distances: the mean of what pushing from the left and from the right gives.
func pull(layer []*box) {
	wanted := make([]float64, len(layer))
	for i, b := range layer {
		wanted[i] = b.x
		if !b.linked() {
			continue
		}
		near, sum := slices.Concat(b.above, b.below), 0.0
		for _, n := range near {
			sum += n.centre()
		}
		wanted[i] = sum/float64(len(near)) - b.width/2
	}
	fromLeft, fromRight := slices.Clone(wanted), slices.Clone(wanted)
	for i := 1; i < len(layer); i++ {
		fromLeft[i] = max(fromLeft[i], fromLeft[i-1]+layer[i-1].width+gapX)
	}
	for i := len(layer) - 2; i >= 0; i-- {
		fromRight[i] = min(fromRight[i], fromRight[i+1]-layer[i].width-gapX)
	}
	for i, b := range layer {
		b.x = (fromLeft[i] + fromRight[i]) / 2
	}
}
