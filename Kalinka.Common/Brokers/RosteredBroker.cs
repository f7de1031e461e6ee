namespace Kalinka.Common.Brokers;

/// <summary>One broker of the roster, and what a daemon does about it: the last word counts.</summary>
/// <param name="first">As it came.</param>
public abstract class RosteredBroker(RosterEntry first)
{
    private readonly Lock _lock = new();

    // Under the lock.
    private RosterEntry? _wanted = first;
    private TaskCompletionSource _changed = NewSignal();

    // Written under the lock, read by any thread.
    private volatile RosterEntry _entry = first;

    /// <summary>As it was told last. Any thread.</summary>
    public RosterEntry Entry => _entry;

    /// <summary>Does what is wanted, until it is withdrawn or cancelled; then returns.</summary>
    public abstract Task RunAsync(CancellationToken stopping);

    /// <summary>Tells what is wanted now; null when it is withdrawn. Any thread.</summary>
    internal void Want(RosterEntry? entry)
    {
        TaskCompletionSource changed;
        lock (_lock)
        {
            _wanted = entry;
            _entry = entry ?? _entry;
            (changed, _changed) = (_changed, NewSignal());
        }

        changed.SetResult();
    }

    /// <summary>What is wanted now; null when it is withdrawn.</summary>
    /// <param name="changed">Completes when something else is wanted.</param>
    protected RosterEntry? Wanted(out Task changed)
    {
        lock (_lock)
        {
            changed = _changed.Task;
            return _wanted;
        }
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
