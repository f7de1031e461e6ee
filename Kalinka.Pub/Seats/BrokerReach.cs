namespace Kalinka.Pub.Seats;

/// <summary>
/// Whether this instance can serve one broker: by the seats it holds there, else by looks at it. A moment's absence changes
/// nothing; one of 30 s is reported, so that another may take over. One thread.
/// </summary>
internal sealed class BrokerReach(TimeProvider time)
{
    /// <summary>So long a seat may be without its connection before this is reported.</summary>
    private static readonly TimeSpan Blip = TimeSpan.FromSeconds(5);

    /// <summary>So long it may fail before another should have the seat.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private static readonly TimeSpan LookAgain = TimeSpan.FromSeconds(10);

    // So long looks count for nothing after a seat that could be looked at could not be served: a broker that lets us
    // connect and refuses our filters must not get its seats handed round.
    private static readonly TimeSpan ShortestDistrust = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan LongestDistrust = TimeSpan.FromHours(1);

    private TimeSpan _distrust;
    private long? _distrustedSince;
    private long? _failingSince;
    private long? _lookedAt;
    private bool? _looked;
    private bool _served;
    private bool _holding;
    private bool _stillWorks;

    /// <summary>Kafka and the broker are reachable, as far as we know.</summary>
    public bool Able { get; private set; }

    /// <summary>They have not been for 30 s.</summary>
    public bool Unable => _failingSince is { } since && time.GetElapsedTime(since) >= Patience;

    /// <summary>A look would tell something, and the last is old enough.</summary>
    public bool WantsLook => !_holding && (_lookedAt is not { } at || time.GetElapsedTime(at) >= LookAgain);

    /// <summary>A look at the broker has ended.</summary>
    public void Look(bool reached) => (_looked, _lookedAt) = (reached, time.GetTimestamp());

    /// <summary>To be told every second or so.</summary>
    /// <param name="holding">We hold a seat there.</param>
    /// <param name="serving">A seat there is connected and subscribed.</param>
    public void Note(bool kafka, bool holding, bool serving)
    {
        if (_holding && !holding)
        {
            Leave();
        }

        _holding = holding;
        _served |= serving;
        if (serving)
        {
            (_distrust, _distrustedSince) = (TimeSpan.Zero, null);
        }

        Judge(kafka, holding ? serving : Looks());
    }

    private void Leave()
    {
        if (Unable && !_served)
        {
            _distrustedSince = time.GetTimestamp();
            _distrust = TimeSpan.FromTicks(
                Math.Clamp(_distrust.Ticks * 2, ShortestDistrust.Ticks, LongestDistrust.Ticks)
            );
        }

        // What the last look said is older than the seat.
        (_served, _lookedAt) = (false, null);
    }

    private bool? Looks() => _distrustedSince is { } since && time.GetElapsedTime(since) < _distrust ? false : _looked;

    private void Judge(bool kafka, bool? reached)
    {
        if (kafka && reached == true)
        {
            (_failingSince, _stillWorks) = (null, true);
        }
        else if (!kafka || reached == false)
        {
            _failingSince ??= time.GetTimestamp();
            _stillWorks &= kafka && _holding && time.GetElapsedTime(_failingSince.Value) < Blip;
        }

        Able = _stillWorks;
    }
}
