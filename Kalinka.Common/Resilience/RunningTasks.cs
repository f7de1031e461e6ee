namespace Kalinka.Common.Resilience;

/// <summary>Parts of one whole that come and go while it runs. The first that fails ends it. Any thread.</summary>
public sealed class RunningTasks
{
    private readonly TaskCompletionSource<Task> _failed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Lock _lock = new();
    private readonly HashSet<Task> _running = [];

    /// <summary>One more part. It leaves by itself when it has ended well.</summary>
    public void Add(Task part)
    {
        lock (_lock)
        {
            _running.Add(part);
        }

        part.ContinueWith(Ended, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
    }

    /// <summary>Waits until cancelled, and then for the parts that still run: cancelling them is the caller's.</summary>
    /// <exception cref="Exception">What the first part failed with, as soon as it has.</exception>
    public async Task RunAsync(CancellationToken stopping)
    {
        var stopped = Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, stopping);
        await Task.WhenAny(stopped, _failed.Task);
        if (_failed.Task.IsCompleted)
        {
            await await _failed.Task;
        }

        foreach (var part in Running())
        {
            await part.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private void Ended(Task part)
    {
        if (part.IsFaulted)
        {
            _failed.TrySetResult(part);
        }

        lock (_lock)
        {
            _running.Remove(part);
        }
    }

    private Task[] Running()
    {
        lock (_lock)
        {
            return [.. _running];
        }
    }
}
