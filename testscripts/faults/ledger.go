//go:build linux

package main

import (
	"fmt"
	"net/http"
)

// totals is what the application has in its ledger.
type totals struct{ Moves, Sum, From, To int64 }

// move moves an amount, which takes a transaction over two tables.
func move(url string, n int64) error {
	return want(http.StatusCreated)(ask(http.MethodPost, url+"/api/v1/moves", map[string]int64{"amount": n%100 + 1}))
}

// ledger returns the totals, which have to add up.
func ledger(url string) (t totals, err error) {
	if err := read(url+"/api/v1/moves", &t); err != nil {
		return t, err
	}
	if t.To != t.Sum || t.From != -t.Sum {
		return t, fmt.Errorf("the balances are not what the moves add up to: %+v", t)
	}
	return t, nil
}
