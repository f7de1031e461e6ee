using Kalinka.Common.Kafka;
using Microsoft.Extensions.Logging;

namespace Kalinka.Common.Directory;

/// <summary>
/// Follows the directory's topic on a thread of its own: reads it from the beginning, is trusted once it has reached the
/// ends that the leaders named, and again after each disturbance. Any thread, except where said.
/// </summary>
/// <param name="read">Takes each record, and whether it is younger than the start. On the follower's thread.</param>
/// <param name="restart">The topic was made anew: what was read of it counts no more. On the follower's thread.</param>
internal sealed class TopicFollower(
    TopicFeed feed,
    Func<Task<string?>> prepare,
    FeedReader read,
    Action restart,
    TimeProvider time,
    ILogger logger
) : IDisposable
{
    private static readonly TimeSpan Turn = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan AnswerWithin = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    // That a topic was deleted is not told: it is seen when its ends are asked for.
    private static readonly TimeSpan AskEvery = TimeSpan.FromSeconds(10);

    private readonly ManualResetEventSlim _stopped = new();
    private readonly Lock _gate = new();
    private Thread? _thread;

    // Under the lock.
    private List<TaskCompletionSource> _asked = [];
    private TaskCompletionSource _caughtUp = new(TaskCreationOptions.RunContinuationsAsynchronously);

    // Any thread.
    private volatile bool _trusted;
    private volatile string? _problem;
    private long _remaining;

    // The follower's thread.
    private List<TaskCompletionSource> _waiting = [];
    private long[]? _ends;
    private long[]? _firstEnds;
    private long _arrived;
    private bool _isOpen;
    private bool _isLost = true;

    /// <summary>All that was there at the start, or at the last disturbance, has been read.</summary>
    public bool Trusted => _trusted;

    /// <summary>Why it cannot go on, for a person, or null.</summary>
    public string? Problem => _problem ?? feed.LastError;

    /// <summary>Records to go until it is trusted; 0 when that is not known.</summary>
    public long Remaining => Interlocked.Read(ref _remaining);

    public void Start()
    {
        _thread = new Thread(Run) { Name = "directory", IsBackground = true };
        _thread.Start();
    }

    /// <summary>Completes when it is trusted, now or later.</summary>
    public Task CaughtUpAsync()
    {
        lock (_gate)
        {
            return _caughtUp.Task;
        }
    }

    /// <summary>Completes when all that is in the topic now has been read.</summary>
    public Task SyncAsync()
    {
        var asked = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_gate)
        {
            _asked.Add(asked);
        }

        return asked.Task;
    }

    public void Dispose()
    {
        _stopped.Set();
        _thread?.Join();
        _stopped.Dispose();
    }

    private void Run()
    {
        try
        {
            while (!_stopped.IsSet)
            {
                TakeTurn();
            }
        }
        catch (Exception failure)
        {
            // Nothing is trusted from here on, and whoever looks sees why.
            Lose();
            _problem = failure.Message;
            logger.LogError(failure, "The directory is not followed any more");
        }
    }

    private void TakeTurn()
    {
        if (!_isOpen && !TryOpen())
        {
            _stopped.Wait(Pause);
            return;
        }

        var isRecord = feed.TryRead(Turn, out var record, out var restarted);
        if (restarted)
        {
            Restart();
            return;
        }

        if (isRecord)
        {
            read(record, _firstEnds is { } ends && record.Offset >= ends[record.Partition.Partition]);
        }

        if (feed.WasDisturbed())
        {
            Lose();
        }

        Aim();
        Arrive();
    }

    private bool TryOpen()
    {
        _problem = prepare().GetAwaiter().GetResult();
        if (_problem is not null || !feed.TryOpen(AnswerWithin))
        {
            return false;
        }

        feed.WasDisturbed();
        return _isOpen = true;
    }

    private void Restart()
    {
        logger.LogWarning("The directory's topic was made anew: it is read from its beginning");
        Lose();
        (_isOpen, _firstEnds) = (false, null);
        restart();
    }

    private void Lose()
    {
        lock (_gate)
        {
            if (_caughtUp.Task.IsCompleted)
            {
                _caughtUp = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            }

            _asked.AddRange(_waiting);
        }

        _waiting = [];
        (_trusted, _isLost, _ends) = (false, true, null);
    }

    /// <summary>Asks for the ends when somebody wants to know that they are reached, and now and then.</summary>
    private void Aim()
    {
        if (_ends is not null)
        {
            return;
        }

        lock (_gate)
        {
            if (!_isLost && _asked.Count == 0 && time.GetElapsedTime(_arrived) < AskEvery)
            {
                return;
            }

            (_waiting, _asked) = (_asked, []);
        }

        // Asked for after the waiting were taken: what they want to see is before these ends.
        _ends = feed.EndOffsets(AnswerWithin);
        if (_ends is null)
        {
            // The cluster may be away, or the topic gone: then it is made again.
            _problem = prepare().GetAwaiter().GetResult();
            Lose();
        }
        else if (_ends.Zip(feed.Positions).Any(pair => pair.First < pair.Second))
        {
            Restart();
            return;
        }

        _firstEnds ??= _ends;
    }

    private void Arrive()
    {
        if (_ends is null)
        {
            return;
        }

        var remaining = _ends.Zip(feed.Positions).Sum(pair => Math.Max(pair.First - pair.Second, 0));
        Interlocked.Exchange(ref _remaining, remaining);
        if (remaining > 0)
        {
            return;
        }

        (_ends, _isLost, _trusted, _arrived) = (null, false, true, time.GetTimestamp());
        feed.Clear();
        lock (_gate)
        {
            _caughtUp.TrySetResult();
        }

        _waiting.ForEach(waiting => waiting.SetResult());
        _waiting = [];
    }
}

/// <param name="isLive">The record is younger than the start.</param>
internal delegate void FeedReader(in ConsumedRecord record, bool isLive);
