using MQTTnet;

namespace Kalinka.QuickStart.Brokers;

/// <summary>
/// Who is subscribed to what, and which member of a share a message goes to. A session that is offline stays a member,
/// and its messages wait for it. Any thread.
/// </summary>
/// <remarks>
/// Deals by the publishing client, as <c>hash_clientid</c> does elsewhere: all messages of one device go to one member,
/// in the order in which it sent them.
/// </remarks>
internal sealed class SubscriptionBook
{
    private readonly Lock _gate = new();
    private readonly HashSet<(string Client, string Filter)> _plain = [];
    private readonly Dictionary<SharedSubscription, List<string>> _shares = [];

    public void Add(string client, string filter)
    {
        lock (_gate)
        {
            _plain.Add((client, filter));
        }
    }

    public void Add(string client, SharedSubscription shared)
    {
        lock (_gate)
        {
            if (!_shares.TryGetValue(shared, out var members))
            {
                _shares.Add(shared, members = []);
            }

            if (!members.Contains(client))
            {
                members.Add(client);
            }
        }
    }

    public void Remove(string client, string filter)
    {
        lock (_gate)
        {
            _plain.Remove((client, filter));
        }
    }

    public void Remove(string client, SharedSubscription shared)
    {
        lock (_gate)
        {
            Leave(client, shared);
        }
    }

    /// <summary>The client's session has ended.</summary>
    public void Forget(string client)
    {
        lock (_gate)
        {
            _plain.RemoveWhere(subscription => subscription.Client == client);
            foreach (var shared in _shares.Keys.ToArray())
            {
                Leave(client, shared);
            }
        }
    }

    /// <summary>Whether this message is for this client, one of those with a matching filter.</summary>
    public bool IsFor(string client, string mqttTopic, string publisher)
    {
        lock (_gate)
        {
            return _plain.Any(plain => plain.Client == client && Matches(mqttTopic, plain.Filter))
                || _shares.Any(share =>
                    Matches(mqttTopic, share.Key.Filter) && Chosen(share.Value, publisher) == client
                );
        }
    }

    private void Leave(string client, SharedSubscription shared)
    {
        if (_shares.TryGetValue(shared, out var members) && members.Remove(client) && members.Count == 0)
        {
            _shares.Remove(shared);
        }
    }

    private static string Chosen(List<string> members, string publisher) =>
        members[(int)((uint)publisher.GetHashCode(StringComparison.Ordinal) % (uint)members.Count)];

    private static bool Matches(string mqttTopic, string filter) =>
        MqttTopicFilterComparer.Compare(mqttTopic, filter) == MqttTopicFilterCompareResult.IsMatch;
}
