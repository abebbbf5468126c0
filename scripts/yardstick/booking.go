package main

import (
	"encoding/json"
	"net/http"
	"strconv"
	"time"

	"github.com/gofrs/uuid"
)

// instant is written as the service writes it: RFC 3339 in UTC with milliseconds.
type instant int64

func (i instant) MarshalJSON() ([]byte, error) {
	text := make([]byte, 0, 26)
	return time.UnixMilli(int64(i)).UTC().AppendFormat(text, `"2006-01-02T15:04:05.000Z"`), nil
}

// booking has its members in the order of the service's responses.
type booking struct {
	CreatedAt    instant   `json:"created_at"`
	CustomerID   *string   `json:"customer_id"`
	EndTime      instant   `json:"end_time"`
	ID           uuid.UUID `json:"id"`
	ProviderID   uuid.UUID `json:"provider_id"`
	ServiceID    uuid.UUID `json:"service_id"`
	StartTime    instant   `json:"start_time"`
	Status       string    `json:"status"`
	UpdatedAt    instant   `json:"updated_at"`
	Version      int       `json:"version"`
	TimesVersion int       `json:"-"`
}

func (b *booking) isVisible(to *caller) bool {
	return to.has("admin") || to.has("provider") && to.Subject == b.ProviderID.String()
}

func (b *booking) write(w http.ResponseWriter, status int) {
	body, err := json.Marshal(b)
	if err != nil {
		problem(w, http.StatusInternalServerError, "The booking cannot be written.")
		return
	}
	w.Header().Set("ETag", `"`+strconv.Itoa(b.Version)+`"`)
	w.Header().Set("Cache-Control", "private, no-cache")
	write(w, status, body)
}

func write(w http.ResponseWriter, status int, body []byte) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(status)
	_, _ = w.Write(body)
}

func problem(w http.ResponseWriter, status int, detail string) {
	body, _ := json.Marshal(map[string]interface{}{"status": status, "title": http.StatusText(status), "detail": detail})
	w.Header().Set("Content-Type", "application/problem+json")
	w.WriteHeader(status)
	_, _ = w.Write(body)
}
