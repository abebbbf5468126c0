package main

import (
	"context"

	"github.com/gofrs/uuid"
	"github.com/jackc/pgx/v4"
	"github.com/jackc/pgx/v4/pgxpool"
)

const (
	columns = `id::text, provider_id::text, customer_id, service_id::text, start_time, end_time, status, version, times_version,
		created_at, updated_at`
	// lead is how long before its start a booking is reminded of, in milliseconds.
	lead = 600_000
	day  = 86_400_000
)

type store struct{ pool *pgxpool.Pool }

func scan(row pgx.Row) (*booking, error) {
	var b booking
	err := row.Scan(&b.ID, &b.ProviderID, &b.CustomerID, &b.ServiceID, &b.StartTime, &b.EndTime, &b.Status, &b.Version,
		&b.TimesVersion, &b.CreatedAt, &b.UpdatedAt)
	return &b, err
}

func (s store) booking(ctx context.Context, id uuid.UUID) (*booking, error) {
	return scan(s.pool.QueryRow(ctx, `select `+columns+` from bookings where id = $1`, id.String()))
}

// upcoming returns a page of a provider's bookings that have not ended, and their number.
func (s store) upcoming(ctx context.Context, provider string, asOf int64, limit, offset int) ([]*booking, int, error) {
	const condition = ` from bookings where provider_id = $1 and status not in ('cancelled', 'declined')
		and end_time > $2 and start_time > $3`
	var batch pgx.Batch
	batch.Queue(`select count(*)`+condition, provider, asOf, asOf-day)
	batch.Queue(`select `+columns+condition+` order by start_time, id limit $4 offset $5`, provider, asOf, asOf-day, limit,
		offset)
	results := s.pool.SendBatch(ctx, &batch)
	defer results.Close()
	var total int
	if err := results.QueryRow().Scan(&total); err != nil {
		return nil, 0, err
	}
	rows, err := results.Query()
	if err != nil {
		return nil, 0, err
	}
	defer rows.Close()
	page := make([]*booking, 0, limit)
	for rows.Next() {
		b, err := scan(rows)
		if err != nil {
			return nil, 0, err
		}
		page = append(page, b)
	}
	return page, total, rows.Err()
}

// create writes the booking, its event and its reminder in one transaction and one round trip. The exclusion constraint
// refuses a booking of a slot that is taken.
func (s store) create(ctx context.Context, b *booking, by *caller, requestID string) error {
	var batch pgx.Batch
	batch.Queue(`insert into bookings (id, provider_id, customer_id, service_id, start_time, end_time, status, version,
		times_version, created_at, updated_at) values ($1, $2, $3, $4, $5, $6, $7, 1, 1, $8, $8)`,
		b.ID.String(), b.ProviderID.String(), b.CustomerID, b.ServiceID.String(), int64(b.StartTime), int64(b.EndTime),
		b.Status, int64(b.CreatedAt))
	batch.Queue(`insert into booking_events (position, action, occurred_at, booking_id, provider_id, customer_id, service_id,
		start_time, end_time, status, version, times_version, created_at, updated_at, actor_subject, actor_roles, request_id)
		values (nextval('event_log_positions'), 'create', $8, $1, $2, $3, $4, $5, $6, $7, 1, 1, $8, $8, $9, $10, $11)`,
		b.ID.String(), b.ProviderID.String(), b.CustomerID, b.ServiceID.String(), int64(b.StartTime), int64(b.EndTime),
		b.Status, int64(b.CreatedAt), by.Subject, by.Roles[0], requestID)
	batch.Queue(`insert into reminders (booking_id, times_version, lead_ms, due_at, armed_at) values ($1, 1, $2, $3, $4)`,
		b.ID.String(), lead, int64(b.StartTime)-lead, int64(b.CreatedAt))
	return s.pool.SendBatch(ctx, &batch).Close()
}
