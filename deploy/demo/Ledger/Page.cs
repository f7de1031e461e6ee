namespace Kalinka.QuickStart.Ledger;

/// <summary>
/// Every message of one direction, by number: when it was sent and how often it has arrived. Any thread. Grows by 16
/// bytes a message.
/// </summary>
internal sealed class Page(TimeProvider time)
{
    private const int RecentArrivals = 256;
    private readonly Lock _gate = new();
    private readonly List<Entry> _entries = [];
    private readonly Queue<TimeSpan> _recent = new(RecentArrivals);
    private int _arrived;
    private int _duplicates;

    /// <summary>Begins a message; returns its number.</summary>
    public int Open()
    {
        lock (_gate)
        {
            _entries.Add(new Entry(time.GetTimestamp(), Arrivals: 0));
            return _entries.Count - 1;
        }
    }

    /// <summary>A message has arrived, or arrived once more.</summary>
    /// <exception cref="QuickStartException">Nobody has sent that number.</exception>
    public void Arrive(int number)
    {
        lock (_gate)
        {
            if (number < 0 || number >= _entries.Count)
            {
                throw new QuickStartException($"Message {number} arrived, but nobody sent it");
            }

            var entry = _entries[number];
            _entries[number] = entry with { Arrivals = entry.Arrivals + 1 };
            if (entry.Arrivals > 0)
            {
                _duplicates++;
                return;
            }

            _arrived++;
            Remember(time.GetElapsedTime(entry.SentAt));
        }
    }

    public PageTotals Totals()
    {
        lock (_gate)
        {
            var median = _recent.Count == 0 ? TimeSpan.Zero : _recent.Order().ElementAt(_recent.Count / 2);
            return new PageTotals(_entries.Count, _arrived, _duplicates, median);
        }
    }

    private void Remember(TimeSpan latency)
    {
        if (_recent.Count == RecentArrivals)
        {
            _recent.Dequeue();
        }

        _recent.Enqueue(latency);
    }

    private readonly record struct Entry(long SentAt, int Arrivals);
}

/// <param name="Arrived">Different messages that have arrived at least once.</param>
/// <param name="Duplicates">Arrivals beyond the first of their message.</param>
/// <param name="MedianLatency">Of the latest arrivals, from before the publish to the receiver's handler.</param>
internal readonly record struct PageTotals(int Sent, int Arrived, int Duplicates, TimeSpan MedianLatency)
{
    public int Missing => Sent - Arrived;
}
