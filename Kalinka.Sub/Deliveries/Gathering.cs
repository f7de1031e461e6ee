namespace Kalinka.Sub.Deliveries;

/// <summary>
/// Decides whether outcomes may gather before the dispatcher hears of them: only while many publishes are in flight, and
/// not while records wait for them, be it for their client's turn or for room at a broker. The dispatcher's.
/// </summary>
internal sealed class Gathering(Inbox inbox, TurnClock clock)
{
    /// <summary>With fewer publishes in flight every outcome is heard of at once.</summary>
    public const int FewestInFlight = 8;

    /// <summary>A record that has waited longer, once it is sent, shows that outcomes come too slowly.</summary>
    public const long LateMs = 10;

    /// <summary>So long nothing gathers after a late record.</summary>
    public const long HurryMs = 100;

    private long _hurryUntilMs;

    /// <summary>A record has been sent.</summary>
    public void OnSent(Delivery delivery)
    {
        if (clock.NowMs - delivery.ArrivedMs > LateMs)
        {
            _hurryUntilMs = clock.NowMs + HurryMs;
        }
    }

    /// <summary>At the end of a turn.</summary>
    public void Judge(int inFlight) => inbox.MayGather = inFlight >= FewestInFlight && clock.NowMs >= _hurryUntilMs;
}
