package main

import (
	"encoding/json"
	"net/http"
	"strconv"

	"github.com/gomodule/redigo/redis"
)

// pageCache holds the pages of each provider in a hash of Redis, which a write to the provider deletes.
type pageCache struct {
	pool       *redis.Pool
	timeToLive int
}

func (c pageCache) page(provider, name string) []byte {
	if c.timeToLive == 0 {
		return nil
	}
	connection := c.pool.Get()
	defer connection.Close()
	body, _ := redis.Bytes(connection.Do("HGET", "yardstick:"+provider, name))
	return body
}

func (c pageCache) keep(provider, name string, body []byte) {
	if c.timeToLive == 0 {
		return
	}
	connection := c.pool.Get()
	defer connection.Close()
	_ = connection.Send("HSET", "yardstick:"+provider, name, body)
	_, _ = connection.Do("EXPIRE", "yardstick:"+provider, c.timeToLive)
}

func (c pageCache) invalidate(provider string) {
	connection := c.pool.Get()
	defer connection.Close()
	_, _ = connection.Do("DEL", "yardstick:"+provider)
}

type page struct {
	Data []*booking `json:"data"`
	Meta meta       `json:"meta"`
}

type meta struct {
	AsOf       instant `json:"as_of"`
	Limit      int     `json:"limit"`
	NextCursor *string `json:"next_cursor"`
	Page       int     `json:"page"`
	Total      int     `json:"total"`
	TotalPages int     `json:"total_pages"`
}

// upcoming answers GET /bookings/upcoming for providers.
func (s *service) upcoming(w http.ResponseWriter, r *http.Request) {
	caller := callerOf(r)
	if !caller.has("provider") {
		problem(w, http.StatusForbidden, "The token has no role that may read this list.")
		return
	}
	number, limit := integer(r, "page", 1), integer(r, "limit", 20)
	if number < 1 || limit < 1 || limit > 100 {
		problem(w, http.StatusBadRequest, "page and limit must be positive, limit at most 100.")
		return
	}
	name := strconv.Itoa(number) + "/" + strconv.Itoa(limit)
	body := s.cache.page(caller.Subject, name)
	if body == nil {
		asOf := now()
		rows, total, err := s.store.upcoming(r.Context(), caller.Subject, asOf, limit, (number-1)*limit)
		if err != nil {
			problem(w, http.StatusServiceUnavailable, "The database does not answer.")
			return
		}
		pages := (total + limit - 1) / limit
		body, _ = json.Marshal(page{rows, meta{instant(asOf), limit, nil, number, total, pages}})
		s.cache.keep(caller.Subject, name, body)
	}
	w.Header().Set("Cache-Control", "private, no-cache")
	write(w, http.StatusOK, body)
}

func integer(r *http.Request, name string, otherwise int) int {
	text := r.URL.Query().Get(name)
	if text == "" {
		return otherwise
	}
	number, err := strconv.Atoi(text)
	if err != nil {
		return -1
	}
	return number
}
