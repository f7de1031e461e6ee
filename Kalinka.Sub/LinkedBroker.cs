using Kalinka.Common.Brokers;
using Kalinka.Common.Mqtt;
using Kalinka.Sub.Publishing;

namespace Kalinka.Sub;

/// <summary>
/// One broker of the roster: connected while it is in service, and brought to its end when it is retired, withdrawn or
/// found elsewhere. What belongs to the dispatcher is done there.
/// </summary>
/// <param name="first">As it came.</param>
/// <param name="session">Null: the one of its name, which may be waited for already.</param>
/// <param name="brokerWait">How long what waits for a retired broker may take to go there.</param>
internal sealed class LinkedBroker(
    RosterEntry first,
    BrokerSession? session,
    Stages stages,
    Func<BrokerSession, BrokerOptions, SessionLink> newLink,
    TimeSpan brokerWait,
    TimeProvider time
) : RosteredBroker(first)
{
    public const string Connected = "connected";

    // What is in flight at a broker that answers is acknowledged within moments.
    private static readonly TimeSpan DrainWithin = TimeSpan.FromSeconds(5);

    // Read by any thread.
    private volatile BrokerSession? _session = session;
    private volatile bool _idle = true;
    private volatile bool _resting;

    /// <summary>Null for a moment after it has come, and where no connection was ever wanted. Any thread.</summary>
    public BrokerSession? Session => _session;

    /// <inheritdoc cref="Common.Hosting.BrokerStatus.Retired"/>
    public bool? Retired => Entry.State == RosterState.Retired ? _idle : null;

    /// <summary>
    /// What was wanted last is no connection, and there is none: true only after that was seen. Any thread.
    /// </summary>
    public bool IsResting => _resting;

    /// <summary>In the words of the status. Any thread.</summary>
    public string State =>
        _session is { IsConnected: true } && !_idle ? Connected
        : Entry.State == RosterState.InService ? "connecting"
        : "standby";

    /// <inheritdoc/>
    public override async Task RunAsync(CancellationToken stopping)
    {
        try
        {
            while (Wanted(out var changed) is { } entry)
            {
                if (entry.State == RosterState.InService)
                {
                    await ServeAsync(entry, stopping);
                }
                else
                {
                    await RestAsync(entry, changed, stopping);
                }
            }

            // A name that is known no more is a stranger's again, retired or not.
            if (_session is not null)
            {
                await EndAsync(retired: false, stopping);
            }
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            // The link has ended before.
        }
    }

    private async Task RestAsync(RosterEntry entry, Task changed, CancellationToken stopping)
    {
        if (entry.State == RosterState.Retired)
        {
            await EndAsync(retired: true, stopping);
        }

        _resting = true;
        try
        {
            await changed.WaitAsync(stopping);
        }
        finally
        {
            // Before it is looked at what is wanted now.
            _resting = false;
        }
    }

    private async Task ServeAsync(RosterEntry entry, CancellationToken stopping)
    {
        _session ??= await AskAsync(() => stages.Sessions.Open(entry.Name), stopping);
        await BeginAsync(entry, stopping);
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(stopping);
        var link = newLink(_session, entry.Broker).RunAsync(ending.Token);
        _idle = false;
        try
        {
            while (await NextAsync(entry, stopping) is var next && !await DrainAsync(entry, next, stopping))
            {
                // What was wanted meanwhile is what was wanted before.
                await BeginAsync(entry, stopping);
            }
        }
        finally
        {
            await ending.CancelAsync();
            await link.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            _idle = true;
        }
    }

    private async Task BeginAsync(RosterEntry entry, CancellationToken stopping) =>
        await AskAsync(
            () =>
            {
                stages.Sessions.Begin(_session!, entry.Broker.Version);
                stages.WaitingRoom.LookAgain();
                return true;
            },
            stopping
        );

    // Waits until something else is wanted than to be connected like this.
    private async Task<RosterEntry?> NextAsync(RosterEntry entry, CancellationToken stopping)
    {
        while (true)
        {
            if (Wanted(out var changed) is var wanted && !IsServedLike(entry, wanted))
            {
                return wanted;
            }

            await changed.WaitAsync(stopping);
        }
    }

    /// <summary>Lets what has begun come to its end.</summary>
    /// <returns>False when the broker is wanted again as it was.</returns>
    private async Task<bool> DrainAsync(RosterEntry entry, RosterEntry? next, CancellationToken stopping)
    {
        var retired = next?.State == RosterState.Retired;
        await (retired ? RetireAsync(stopping) : EndAsync(retired: false, stopping));
        var (since, patience) = (time.GetTimestamp(), retired ? brokerWait : DrainWithin);
        while (!await AskAsync(() => _session!.IsDrained, stopping) && time.GetElapsedTime(since) < patience)
        {
            await Task.Delay(Dispatcher.TickEvery, time, stopping);
            if (IsServedLike(entry, Wanted(out _)))
            {
                return false;
            }
        }

        if (retired)
        {
            await EndAsync(retired: true, stopping);
        }

        return true;
    }

    private async Task RetireAsync(CancellationToken stopping) =>
        await AskAsync(
            () =>
            {
                stages.Sessions.Retire(_session!);
                return true;
            },
            stopping
        );

    private async Task EndAsync(bool retired, CancellationToken stopping)
    {
        _session ??= await AskAsync(() => stages.Sessions.Open(Entry.Name), stopping);
        await AskAsync(
            () =>
            {
                stages.Sessions.End(_session, retired);
                return true;
            },
            stopping
        );
    }

    private static bool IsServedLike(RosterEntry entry, RosterEntry? wanted) =>
        wanted is { State: RosterState.InService } && wanted.Broker == entry.Broker;

    private Task<T> AskAsync<T>(Func<T> ask, CancellationToken stopping)
    {
        var answer = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        stages.Inbox.Post(() => answer.SetResult(ask()));
        return answer.Task.WaitAsync(stopping);
    }
}
