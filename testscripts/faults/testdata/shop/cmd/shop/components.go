package main

import (
	"example.com/shop/internal/app"
	"example.com/shop/internal/database"
	"example.com/shop/internal/ledger"
)

func own(a *app.App) ([]app.Component, error) {
	return []app.Component{ledger.New(app.All[*database.Component](a)[0])}, nil
}
