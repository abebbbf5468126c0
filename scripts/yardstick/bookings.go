package main

import (
	"encoding/json"
	"errors"
	"net/http"
	"time"

	"github.com/go-chi/chi"
	"github.com/gofrs/uuid"
	"github.com/jackc/pgconn"
	"github.com/jackc/pgx/v4"
)

// maximumBody is the limit of a request's body in bytes.
const maximumBody = 64 * 1024

// get answers GET /bookings/{id}.
func (s *service) get(w http.ResponseWriter, r *http.Request) {
	id, err := uuid.FromString(chi.URLParam(r, "id"))
	if err != nil {
		problem(w, http.StatusNotFound, "There is no such booking.")
		return
	}
	booking, err := s.store.booking(r.Context(), id)
	switch {
	case errors.Is(err, pgx.ErrNoRows) || err == nil && !booking.isVisible(callerOf(r)):
		problem(w, http.StatusNotFound, "There is no such booking.")
	case err != nil:
		problem(w, http.StatusServiceUnavailable, "The database does not answer.")
	default:
		booking.write(w, http.StatusOK)
	}
}

// newBooking is the body of POST /bookings.
type newBooking struct {
	ProviderID uuid.UUID `json:"provider_id"`
	ServiceID  uuid.UUID `json:"service_id"`
	CustomerID *string   `json:"customer_id"`
	StartTime  time.Time `json:"start_time"`
	EndTime    time.Time `json:"end_time"`
}

func (n newBooking) isValid(now int64) bool {
	return n.ProviderID != uuid.Nil && n.ServiceID != uuid.Nil && n.StartTime.UnixMilli() >= now &&
		n.EndTime.After(n.StartTime) && n.EndTime.Sub(n.StartTime) <= 24*time.Hour
}

// create answers POST /bookings.
func (s *service) create(w http.ResponseWriter, r *http.Request) {
	var body newBooking
	caller, at := callerOf(r), now()
	if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, maximumBody)).Decode(&body); err != nil || !body.isValid(at) {
		problem(w, http.StatusBadRequest, "The body is not valid.")
		return
	}
	if caller.has("customer") {
		body.CustomerID = &caller.Subject
	}
	booking := &booking{
		ID: uuid.Must(uuid.NewV4()), ProviderID: body.ProviderID, ServiceID: body.ServiceID, CustomerID: body.CustomerID,
		StartTime: instant(body.StartTime.UnixMilli()), EndTime: instant(body.EndTime.UnixMilli()), Status: "confirmed",
		Version: 1, TimesVersion: 1, CreatedAt: instant(at), UpdatedAt: instant(at),
	}
	requestID := r.Context().Value(requestIDKey).(string)
	err := s.store.create(r.Context(), booking, caller, requestID)
	var refusal *pgconn.PgError
	switch {
	case errors.As(err, &refusal) && refusal.ConstraintName == "bookings_no_overlap":
		problem(w, http.StatusConflict, "The slot is taken.")
	case err != nil:
		problem(w, http.StatusServiceUnavailable, "The database does not answer.")
	default:
		s.cache.invalidate(booking.ProviderID.String())
		w.Header().Set("Location", "/bookings/"+booking.ID.String())
		booking.write(w, http.StatusCreated)
	}
}
