using Kalinka.Common.Mqtt;
using Kalinka.Pub.Intake;
using Kalinka.Pub.Presence;
using Kalinka.Pub.Seats;

namespace Kalinka.Pub;

/// <summary>Lets the reader of a broker's events have what comes to the session of the broker's first seat.</summary>
internal sealed class PresenceObserver : ISeatObserver
{
    private readonly BrokerReader _reader;
    private readonly AgeMarker _age;

    private readonly Lock _lock = new();

    // Below: under the lock.
    private bool _connected;
    private bool _wasConnected;
    private bool _beginsAnew;

    private PresenceObserver(BrokerReader reader, AgeMarker age)
    {
        (_reader, _age) = (reader, age);
        Filters = [.. reader.Filters.Select(filter => new ObservedFilter(filter, Qos: 1, RetainHandling: 0))];

        // Where the broker allows no marker nobody can tell, and what is compared later harms nobody.
        reader.IsCurrent = () => age.IsFresh || age.Refusal is not null;
    }

    public IReadOnlyList<ObservedFilter> Filters { get; }

    public static PresenceObserver Of(BrokerReader reader, SeatClaim claim, AgeMarker age)
    {
        var observer = new PresenceObserver(reader, age);
        claim.EpochChanged += observer.OnEpochChanged;
        return observer;
    }

    public void OnConnected(IMqttConnection connection)
    {
        lock (_lock)
        {
            _reader.Follow(forgotten: _wasConnected && !connection.Grant.SessionPresent);
            (_connected, _wasConnected) = (true, true);
        }
    }

    public void OnMessage(in IncomingPublish publish) =>
        _reader.Read(publish.Topic, publish.Payload, stored: publish.Retain, fresh: !publish.Dup && _age.IsFresh);

    public void OnClosed()
    {
        lock (_lock)
        {
            _connected = false;
            _reader.Pause();
            if (_beginsAnew)
            {
                BeginAnew();
            }
        }
    }

    // The seat may have been another's, who has read what we have not. But not while our connection holds, for another's
    // would have ended it: then the seat's znode was lost with an ensemble, whose entries have to be written again.
    private void OnEpochChanged(long epoch)
    {
        lock (_lock)
        {
            if (_connected)
            {
                _beginsAnew = true;
            }
            else
            {
                BeginAnew();
            }
        }
    }

    private void BeginAnew()
    {
        _reader.Leave();
        (_wasConnected, _beginsAnew) = (false, false);
    }
}
