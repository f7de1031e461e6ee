using Kalinka.Common.Brokers;
using Kalinka.Common.Mqtt;

namespace Kalinka.Tests.Sub.Pipeline;

/// <summary>Brokers that come and go when the test says so.</summary>
internal sealed class FakeRoster
{
    private readonly Lock _lock = new();
    private Action<RosterChange>? _changed;

    public Task FollowAsync(Action<RosterChange> changed, CancellationToken stopping)
    {
        lock (_lock)
        {
            _changed = changed;
        }

        var stopped = new TaskCompletionSource();
        stopping.Register(stopped.SetResult);
        return stopped.Task;
    }

    public void Add(string name, int port = 1883) => Tell(RosterChangeKind.Added, name, RosterState.InService, port);

    public void Change(string name, RosterState state, int port = 1883) =>
        Tell(RosterChangeKind.Changed, name, state, port);

    public void Remove(string name) => Tell(RosterChangeKind.Removed, name, RosterState.InService, 1883);

    private void Tell(RosterChangeKind kind, string name, RosterState state, int port)
    {
        var broker = new BrokerOptions(name, "127.0.0.1", port, MqttVersion.V5, null, null, null);
        lock (_lock)
        {
            _changed!(new RosterChange(kind, new RosterEntry(broker, state, Announced: true, Remark: $"{state}")));
        }
    }
}
