using Kalinka.Common.Resilience;

namespace Kalinka.Common.Brokers;

/// <summary>The brokers of the roster as a daemon runs them, while they come and go.</summary>
/// <param name="configured">They are there from the beginning.</param>
/// <param name="create">Makes one that has come.</param>
public sealed class RosteredBrokers<T>(IReadOnlyList<T> configured, Func<RosterEntry, T> create)
    where T : RosteredBroker
{
    private readonly RunningTasks _running = new();

    // Of whoever tells the changes.
    private readonly Dictionary<string, Task> _byName = [];

    // Replaced by whoever tells the changes, read by any thread.
    private volatile IReadOnlyList<T> _all = configured;

    /// <summary>The configured ones first. Any thread.</summary>
    public IReadOnlyList<T> All => _all;

    /// <summary>Runs every broker until cancelled, and returns when all have ended.</summary>
    /// <param name="follow">Tells the changes, one after the other, until cancelled.</param>
    /// <exception cref="Exception">What the first of them failed with, as soon as it has.</exception>
    public Task RunAsync(Func<Action<RosterChange>, CancellationToken, Task> follow, CancellationToken stopping)
    {
        foreach (var broker in _all)
        {
            Run(broker, stopping);
        }

        _running.Add(follow(change => Apply(change, stopping), stopping));
        return _running.RunAsync(stopping);
    }

    private void Apply(RosterChange change, CancellationToken stopping)
    {
        var entry = change.Entry;
        var known = _all.FirstOrDefault(broker => broker.Entry.Name == entry.Name);
        if (change.Kind == RosterChangeKind.Removed)
        {
            _all = [.. _all.Where(broker => broker != known)];
            known?.Want(null);
        }
        else if (known is not null)
        {
            known.Want(entry);
        }
        else
        {
            var broker = create(entry);
            _all = [.. _all, broker];
            ForgetEnded();
            Run(broker, stopping);
        }
    }

    private void Run(T broker, CancellationToken stopping)
    {
        // One of this name that was withdrawn just now comes to its end first: they share what is behind the name.
        var before = _byName.GetValueOrDefault(broker.Entry.Name) ?? Task.CompletedTask;
        var running = RunAfterAsync(before, broker, stopping);
        _byName[broker.Entry.Name] = running;
        _running.Add(running);
    }

    private static async Task RunAfterAsync(Task before, T broker, CancellationToken stopping)
    {
        await before;
        await broker.RunAsync(stopping);
    }

    private void ForgetEnded()
    {
        foreach (var (name, _) in _byName.Where(each => each.Value.IsCompletedSuccessfully).ToList())
        {
            _byName.Remove(name);
        }
    }
}
