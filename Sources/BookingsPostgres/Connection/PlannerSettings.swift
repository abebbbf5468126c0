/// The settings by which PostgreSQL plans the statements of this service, all in this place.
///
/// Every statement is short, and planning one costs more than running it. So each is planned once, and its plan has to be
/// right for large tables and for owners with many rows, although it is made when the tables are empty, or for the average
/// owner. Two tests count the rows that statements read (decision 0018); without one of these settings they fail, or the
/// measurement beside it shows the cost.
///
/// The functions that writes call set `plan_cache_mode` and `enable_seqscan` themselves, because they are planned in the
/// session that calls them first. Without them, the processor time of the database for a write of one booking rises from
/// 0.27 ms to 0.82 ms and for each write of 32 from 0.11 ms to 0.13 ms (PostgreSQL 15, 100,000 bookings).
enum PlannerSettings {
    /// For all connections.
    static let all = [
        // Compiling a statement costs more than running it.
        ("jit", "off"),
        // A bitmap holds all rows of an owner, however few are wanted. For the average owner, who has few, it is no better
        // than the index in its order; for one with a thousand bookings, a page of ten reads a thousand rows.
        ("enable_bitmapscan", "off"),
        // Parallel processes pay for long scans alone. To be shared by them, the audit's step of 50 bookings would read the
        // whole table and sort it.
        ("max_parallel_workers_per_gather", "0"),
    ]

    /// For reads. Their plans do not depend on their parameters: the text of a list names the index that delivers its rows
    /// in order, and a plan for the parameters of one page takes longer to make than to execute.
    static let reads = [
        ("plan_cache_mode", "force_generic_plan"),
        // An empty table is read as a whole, and the plan stays while the table grows.
        ("enable_seqscan", "off"),
    ]
}
