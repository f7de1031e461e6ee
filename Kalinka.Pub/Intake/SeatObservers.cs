using System.Text;
using Kalinka.Common.Mapping;
using Kalinka.Common.Mqtt;

namespace Kalinka.Pub.Intake;

/// <summary>
/// The observers of one seat: their subscriptions, and which messages are theirs. Nothing is allocated for a message.
/// </summary>
internal sealed class SeatObservers
{
    // The largest Subscription Identifier [MQTT-3.8.2.1.2].
    private const uint LargestIdentifier = 268_435_455;

    private readonly IReadOnlyList<ISeatObserver> _observers;
    private readonly Entry[] _entries;

    // Set before the first message of a connection.
    private volatile bool _identified;
    private long _failures;

    /// <param name="taken">Subscription Identifiers of the rules.</param>
    public SeatObservers(IReadOnlyList<ISeatObserver> observers, IEnumerable<uint> taken)
    {
        _observers = observers;
        var identifiers = taken.ToHashSet();
        _entries =
        [
            .. observers.SelectMany(observer =>
                observer.Filters.Select(filter => new Entry(
                    observer,
                    filter,
                    TopicFilter.Of(filter.Text),
                    Identify(filter.Text, identifiers)
                ))
            ),
        ];
        Subscriptions = [.. _entries.Select(entry => entry.Subscription)];
    }

    /// <summary>In the order of the observers and of their filters.</summary>
    public IReadOnlyList<MqttSubscription> Subscriptions { get; }

    /// <summary>Messages that an observer could not take in.</summary>
    public long Failures => Interlocked.Read(ref _failures);

    /// <summary>The broker's answer to the subscription of that number; null: not asked.</summary>
    public void OnSubscribed(int number, MqttReasonCode? reason) =>
        _entries[number].Observer.OnSubscribed(_entries[number].Filter, reason);

    /// <param name="identified">The subscriptions of this connection carry their identifiers.</param>
    public void Prepare(bool identified) => _identified = identified;

    public void OnConnected(IMqttConnection connection)
    {
        foreach (var observer in _observers)
        {
            observer.OnConnected(connection);
        }
    }

    public void OnPublishOutcome(long token, PublishOutcome outcome, MqttReasonCode reason)
    {
        foreach (var observer in _observers)
        {
            observer.OnPublishOutcome(token, outcome, reason);
        }
    }

    public void OnClosed()
    {
        foreach (var observer in _observers)
        {
            observer.OnClosed();
        }
    }

    /// <summary>Gives a message to whom it belongs. On the thread that passes messages on.</summary>
    public Observed Observe(in IncomingPublish publish) =>
        _identified ? ObserveByIdentifier(publish) : ObserveByTopic(publish);

    private Observed ObserveByIdentifier(in IncomingPublish publish)
    {
        var observed = false;
        var others = false;
        foreach (var property in publish.Properties)
        {
            if (property.Id != PropertyId.SubscriptionIdentifier)
            {
                continue;
            }

            if (Find(property.Number) is { } observer)
            {
                Give(observer, publish);
                observed = true;
            }
            else
            {
                others = true;
            }
        }

        // A broker may send one copy with the identifiers of all its subscriptions [MQTT-3.3.4-4].
        return !observed || others ? Observed.None : Observed.All;
    }

    private Observed ObserveByTopic(in IncomingPublish publish)
    {
        var observed = Observed.None;
        foreach (var entry in _entries)
        {
            if (entry.Pattern.Matches(publish.Topic))
            {
                Give(entry.Observer, publish);
                observed = Observed.Maybe;
            }
        }

        return observed;
    }

    private ISeatObserver? Find(uint identifier)
    {
        foreach (var entry in _entries)
        {
            if (entry.Subscription.Identifier == identifier)
            {
                return entry.Observer;
            }
        }

        return null;
    }

    // Whatever one message throws is the end of that message only.
    private void Give(ISeatObserver observer, in IncomingPublish publish)
    {
        try
        {
            observer.OnMessage(publish);
        }
        catch (Exception)
        {
            Interlocked.Increment(ref _failures);
        }
    }

    // Stable over restarts: what was queued carries yesterday's.
    private static uint Identify(string filter, HashSet<uint> taken)
    {
        var text = Encoding.UTF8.GetBytes($"observed\0{filter}");
        var identifier = ((uint)Murmur2.Hash(text) % LargestIdentifier) + 1;
        while (!taken.Add(identifier))
        {
            identifier = (identifier % LargestIdentifier) + 1;
        }

        return identifier;
    }

    private sealed class Entry(ISeatObserver observer, ObservedFilter filter, TopicFilter pattern, uint identifier)
    {
        public ISeatObserver Observer => observer;

        public ObservedFilter Filter => filter;

        public TopicFilter Pattern => pattern;

        public MqttSubscription Subscription { get; } =
            new(filter.Text, filter.Qos, identifier, RetainAsPublished: false, filter.RetainHandling);
    }
}

/// <summary>Whether a message is more than what was observed.</summary>
internal enum Observed
{
    /// <summary>It is a record, or another subscription says so.</summary>
    None,

    /// <summary>It came for observers only.</summary>
    All,

    /// <summary>It was observed; whether it is a record too, only its topic tells.</summary>
    Maybe,
}
