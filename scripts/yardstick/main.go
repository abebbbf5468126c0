// The yardstick of scripts/bench: three routes of the service as a Go program of the usual libraries would have them (chi,
// pgx, redigo), on the same tables. It is for comparisons alone and does what the compared requests need, no more: no
// relay, no idempotency, no rate limit.
//
// Variables: PORT, DATABASE_URL, REDIS_URL, JWT_SECRET, CACHE_TTL_SECONDS (0: pages are not cached).
package main

import (
	"context"
	"log"
	"net/http"
	"os"
	"strconv"
	"time"

	"github.com/go-chi/chi"
	"github.com/gomodule/redigo/redis"
	"github.com/jackc/pgx/v4/pgxpool"
)

// poolSize is the number of connections to PostgreSQL: of 4, 8, 16 and 32 the fastest on two processors.
const poolSize = 16

func main() {
	config, err := pgxpool.ParseConfig(os.Getenv("DATABASE_URL"))
	if err != nil {
		log.Fatal(err)
	}
	config.MaxConns, config.MinConns = poolSize, poolSize
	pool, err := pgxpool.ConnectConfig(context.Background(), config)
	if err != nil {
		log.Fatal(err)
	}
	seconds, err := strconv.Atoi(os.Getenv("CACHE_TTL_SECONDS"))
	if err != nil {
		log.Fatal(err)
	}
	service := &service{
		store: store{pool},
		cache: pageCache{
			pool: &redis.Pool{MaxIdle: 64, MaxActive: 64, Wait: true, Dial: func() (redis.Conn, error) {
				return redis.DialURL(os.Getenv("REDIS_URL"))
			}},
			timeToLive: seconds,
		},
	}
	log.Fatal(http.ListenAndServe("127.0.0.1:"+os.Getenv("PORT"), service.routes([]byte(os.Getenv("JWT_SECRET")))))
}

type service struct {
	store store
	cache pageCache
}

func (s *service) routes(secret []byte) http.Handler {
	router := chi.NewRouter()
	router.Use(identify)
	router.Get("/health/live", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Cache-Control", "no-store")
		write(w, http.StatusOK, []byte(`{"status":"ok"}`))
	})
	router.Group(func(router chi.Router) {
		router.Use(authenticate(secret))
		router.Get("/bookings/upcoming", s.upcoming)
		router.Get("/bookings/{id}", s.get)
		router.Post("/bookings", s.create)
	})
	return router
}

func now() int64 { return time.Now().UnixMilli() }
