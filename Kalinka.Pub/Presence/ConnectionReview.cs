namespace Kalinka.Pub.Presence;

/// <summary>
/// Compares the whole picture of one broker with the directory: after the reader was away, or the directory was wiped. Every
/// client that is connected is a claim, which is written only where the entry is missing or its client is marked as gone.
/// </summary>
internal sealed class ConnectionReview(PendingSightings pending, TimeProvider time)
{
    /// <summary>Claims that wait at the same time: the rest of the room is for events.</summary>
    private const int AtATime = 10_000;

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);

    /// <summary>Does it if it is asked for and the broker's events are those of now.</summary>
    public async Task ReviewAsync(BrokerReader reader, CancellationToken stopping)
    {
        if (!reader.TakeReview())
        {
            return;
        }

        foreach (var clients in reader.Connected.Snapshot().Chunk(AtATime))
        {
            while (pending.Count > AtATime)
            {
                await Task.Delay(Pause, time, stopping);
            }

            foreach (var client in clients)
            {
                reader.ClaimIfConnected(client);
            }
        }
    }
}
