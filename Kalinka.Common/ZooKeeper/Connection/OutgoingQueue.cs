using System.Diagnostics.CodeAnalysis;

namespace Kalinka.Common.ZooKeeper.Connection;

/// <summary>Requests that wait to be sent, oldest first; they outlive connections. Any thread.</summary>
internal sealed class OutgoingQueue
{
    private readonly Lock _gate = new();
    private readonly LinkedList<PendingRequest> _waiting = [];
    private TaskCompletionSource? _filled;
    private Exception? _closed;

    public void Add(PendingRequest request)
    {
        lock (_gate)
        {
            if (_closed is not null)
            {
                request.Fail(_closed);
                return;
            }

            request.Waiting = _waiting.AddLast(request);
            _filled?.TrySetResult();
        }
    }

    /// <summary>Takes back what has not been sent yet.</summary>
    public void Remove(PendingRequest request)
    {
        lock (_gate)
        {
            if (request.Waiting is { } node)
            {
                _waiting.Remove(node);
                request.Waiting = null;
            }
        }
    }

    public bool TryTake([NotNullWhen(true)] out PendingRequest? request)
    {
        lock (_gate)
        {
            request = _waiting.First?.Value;
            if (request is null)
            {
                return false;
            }

            _waiting.RemoveFirst();
            request.Waiting = null;
            return true;
        }
    }

    /// <summary>Returns once something may be there. One waiter at a time.</summary>
    public Task WaitAsync(CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            if (_waiting.Count > 0)
            {
                return Task.CompletedTask;
            }

            _filled = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            return _filled.Task.WaitAsync(cancellationToken);
        }
    }

    public void FailAll(Func<PendingRequest, Exception> reason)
    {
        while (TryTake(out var request))
        {
            request.Fail(reason(request));
        }
    }

    /// <summary>Whatever waits, and whatever comes, fails.</summary>
    public void Close(Exception reason)
    {
        lock (_gate)
        {
            _closed = reason;
        }

        FailAll(_ => reason);
    }
}
