// Package storetest checks that a store of the cache keeps what it promises.
package storetest

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/aegis-stack/aegis/generators/cache/src"
)

// Entries checks what a store does with entries. pass lets time pass for it; nil
// is for one that does not let anybody.
func Entries(t *testing.T, s cache.Store, pass func(time.Duration)) {
	t.Helper()
	ctx := t.Context()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Error(err)
		}
	}
	want := func(values ...string) {
		t.Helper()
		got, err := s.Get(ctx, "a", "b", "c")
		must(err)
		for i, value := range values {
			if string(got[i]) != value {
				t.Errorf("Get = %q, want %q", got, values)
				return
			}
		}
		if one, err := s.Get(ctx, "a"); err != nil || string(one[0]) != values[0] || (one[0] == nil) != (values[0] == "") {
			t.Errorf("Get(a) = %q, %v", one, err)
		}
	}
	want("", "", "")
	must(s.Set(ctx, "a", []byte("1 one"), time.Hour))
	must(s.Set(ctx, "b", []byte("2 two"), time.Minute))
	want("1 one", "2 two", "")
	must(s.Set(ctx, "a", []byte("1 uno"), time.Hour))
	want("1 uno", "2 two", "")

	must(s.Swap(ctx, "a", nil, []byte("wrong"), time.Hour))
	must(s.Swap(ctx, "a", []byte("2"), []byte("wrong"), time.Hour))
	must(s.Swap(ctx, "c", []byte("2"), []byte("wrong"), time.Hour))
	want("1 uno", "2 two", "")
	must(s.Swap(ctx, "c", nil, []byte("3 three"), time.Hour))
	must(s.Swap(ctx, "a", []byte("1 "), []byte("1 un"), time.Hour))
	want("1 un", "2 two", "3 three")

	if pass != nil {
		pass(61 * time.Second)
		want("1 un", "", "3 three")
	}
	if u, err := s.Usage(ctx); err != nil || u.Entries < 2 {
		t.Errorf("Usage = %v, %v", u, err)
	}
	must(s.Clear(ctx))
	want("", "", "")
}

// Sessions checks what a store does with sessions. pass is as with Entries.
func Sessions(t *testing.T, s cache.SessionStore, pass func(time.Duration)) {
	t.Helper()
	const idle = 10 * time.Minute
	ctx := t.Context()
	save := func(id, subject, data string, mustExist bool) {
		t.Helper()
		now := time.Now().Truncate(time.Millisecond)
		one := cache.Session{ID: id, Subject: subject, Created: now, Seen: now, Expires: now.Add(time.Hour)}
		if err := s.Save(ctx, one, []byte(data), idle, mustExist); err != nil {
			t.Error(err)
		}
	}
	find := func(id, want string) {
		t.Helper()
		data, err := s.Find(ctx, id, idle)
		if err != nil || string(data) != want || (data == nil) != (want == "") {
			t.Errorf("Find(%s) = %q, %v, want %q", id, data, err, want)
		}
	}
	list := func(subject string, want ...string) {
		t.Helper()
		sessions, err := s.List(ctx, subject)
		var ids []string
		for _, one := range sessions {
			ids = append(ids, one.ID)
			if one.Subject != subject || one.Created.IsZero() || one.Seen.Before(one.Created) || one.Expires.Sub(one.Created) != time.Hour {
				t.Errorf("List(%s) has %+v", subject, one)
			}
		}
		if slices.Sort(ids); err != nil || !slices.Equal(ids, want) {
			t.Errorf("List(%s) = %q, %v, want %q", subject, ids, err, want)
		}
	}
	end := func(id string) {
		t.Helper()
		if err := s.Delete(ctx, id); err != nil {
			t.Error(err)
		}
	}

	find("a", "")
	save("a", "ann", "one", false)
	save("b", "ann", "two", false)
	save("c", "", "three", false)
	save("d", "dan", "four", false)
	find("a", "one")
	find("c", "three")
	list("ann", "a", "b")
	list("dan", "d")
	list("nobody")

	save("a", "ann", "new", true)
	find("a", "new")
	end("a")
	end("nobody")
	find("a", "")
	save("a", "ann", "back", true) // it was ended meanwhile
	find("a", "")
	list("ann", "b")

	if pass == nil {
		return
	}
	// A session in use lives on, others end.
	pass(6 * time.Minute)
	find("b", "two")
	pass(6 * time.Minute)
	find("b", "two")
	find("d", "")
	list("ann", "b")
	list("dan")

	// However much it is used, it ends.
	for range 9 {
		pass(6 * time.Minute)
		_, _ = s.Find(context.WithoutCancel(ctx), "b", idle)
	}
	find("b", "")
	list("ann")
}
