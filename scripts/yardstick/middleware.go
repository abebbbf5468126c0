package main

import (
	"context"
	"net/http"
	"strings"

	"github.com/gofrs/uuid"
	"github.com/golang-jwt/jwt"
)

// caller is who sends a request, as the token names it.
type caller struct {
	jwt.StandardClaims
	Roles []string `json:"roles"`
}

func (c *caller) has(role string) bool {
	for _, own := range c.Roles {
		if own == role {
			return true
		}
	}
	return false
}

type contextKey int

const (
	callerKey contextKey = iota
	requestIDKey
)

// uncancelled is a context that outlives its client: pgx panics when a statement is prepared on a connection whose
// request was given up.
type uncancelled struct{ context.Context }

func (uncancelled) Done() <-chan struct{} { return nil }
func (uncancelled) Err() error            { return nil }

// identify gives each request an ID, which its response carries.
func identify(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		id := r.Header.Get("X-Request-ID")
		if id == "" {
			id = uuid.Must(uuid.NewV4()).String()
		}
		w.Header().Set("X-Request-ID", id)
		w.Header().Set("Vary", "Origin")
		ctx := uncancelled{context.WithValue(r.Context(), requestIDKey, id)}
		next.ServeHTTP(w, r.WithContext(ctx))
	})
}

// authenticate verifies the bearer token by HS256.
func authenticate(secret []byte) func(http.Handler) http.Handler {
	parser := jwt.Parser{ValidMethods: []string{"HS256"}}
	key := func(*jwt.Token) (interface{}, error) { return secret, nil }
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			claims := &caller{}
			token, isBearer := cut(r.Header.Get("Authorization"))
			if _, err := parser.ParseWithClaims(token, claims, key); !isBearer || err != nil {
				w.Header().Set("WWW-Authenticate", `Bearer realm="bookings"`)
				problem(w, http.StatusUnauthorized, "A bearer token is required.")
				return
			}
			next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), callerKey, claims)))
		})
	}
}

func cut(header string) (string, bool) {
	if !strings.HasPrefix(header, "Bearer ") {
		return "", false
	}
	return header[len("Bearer "):], true
}

func callerOf(r *http.Request) *caller { return r.Context().Value(callerKey).(*caller) }
