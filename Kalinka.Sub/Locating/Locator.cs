using Kalinka.Common.Directory;
using Kalinka.Sub.Deliveries;

namespace Kalinka.Sub.Locating;

/// <summary>
/// Asks the directory where a client is: from its cache at once, else by a read, of which many are under way at a time.
/// The dispatcher's; answers come back through the inbox.
/// </summary>
internal sealed class Locator
{
    private static readonly Location NoAnswer = Location.Unknown;

    private readonly ILocationDirectory _directory;
    private readonly Inbox _inbox;
    private readonly Func<string, bool> _isRetired;
    private readonly Action<object> _onAnswered;
    private readonly CancellationToken _stopped;
    private readonly HashSet<ClientLane> _asking = [];

    /// <param name="isRetired">Whether a broker serves nobody any more. Any thread.</param>
    /// <param name="answered">Takes a lane whose <see cref="ClientLane.Answer"/> has come.</param>
    public Locator(
        ILocationDirectory directory,
        Inbox inbox,
        Func<string, bool> isRetired,
        Action<ClientLane> answered,
        CancellationToken stopped
    )
    {
        (_directory, _inbox, _isRetired, _stopped) = (directory, inbox, isRetired, stopped);
        _onAnswered = lane =>
        {
            _asking.Remove((ClientLane)lane);
            answered((ClientLane)lane);
        };
    }

    public bool IsTrusted => _directory.Trusted;

    /// <summary>
    /// What is known now. An entry of the time before a reconnect is used, and read again beside it; that there was
    /// none then says nothing.
    /// </summary>
    public Location Find(ClientLane lane)
    {
        var location = Named(_directory.Find(lane.Client));
        if (location.State != LocationState.Stale)
        {
            return location;
        }

        if (location.Broker is not { } broker || _isRetired(broker))
        {
            return NoAnswer;
        }

        _ = VerifyAsync(lane.Client.ToArray());
        return location;
    }

    /// <summary>Asks; the lane waits until <c>answered</c> is called for it, also when ZooKeeper is away.</summary>
    public void Read(ClientLane lane, ReadPurpose purpose)
    {
        lane.Reading = purpose;
        lane.Changed = false;
        _asking.Add(lane);
        _ = ReadAsync(lane, lane.Client.ToArray());
    }

    /// <summary>Counts the records that wait for an answer: nearly none, unless ZooKeeper is away.</summary>
    public int CountRecords()
    {
        var records = 0;
        foreach (var lane in _asking)
        {
            records += lane.Count;
        }

        return records;
    }

    /// <summary>Makes the reads that follow see all that has been written before. False when ZooKeeper failed.</summary>
    public async Task<bool> SyncAsync()
    {
        try
        {
            await _directory.SyncAsync(_stopped);
            return true;
        }
        catch (Exception)
        {
            // Whatever it was, the ensemble has confirmed nothing: nobody is concluded to be absent.
            return false;
        }
    }

    private async Task ReadAsync(ClientLane lane, byte[] client)
    {
        Location answer;
        try
        {
            answer = Named(await _directory.ReadAsync(client, _stopped));
        }
        catch (ArgumentException e)
        {
            answer = NoAnswer;
            lane.Rejection = e.Message;
        }
        catch (Exception)
        {
            // No answer is not an absence: the lane asks again after a pause.
            answer = NoAnswer;
        }

        // Before the hand-over, which publishes it: the dispatcher leaves a lane alone that waits for its answer.
        lane.Answer = answer;
        _inbox.Post(_onAnswered, lane);
    }

    // Whoever wrote a znode without a broker's name into it says no more than whoever wrote none; and who is at a broker
    // that is retired is nowhere, until he appears elsewhere.
    private Location Named(Location location) =>
        location.State == LocationState.Present && (location.Broker is not { } broker || _isRetired(broker))
            ? location with
            {
                State = LocationState.Absent,
            }
            : location;

    private async Task VerifyAsync(byte[] client)
    {
        try
        {
            await _directory.ReadAsync(client, _stopped);
        }
        catch (Exception)
        {
            // The entry stays stale, and the next message for the client asks again.
        }
    }
}
