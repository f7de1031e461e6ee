namespace Kalinka.Sub.Deliveries;

/// <summary>The lanes of all clients that have records, found by Client Identifier. The dispatcher's.</summary>
/// <param name="isDelivery">Of records that come from the delivery topic: they wait where others only pass.</param>
internal sealed class ClientLanes(bool isDelivery)
{
    private readonly HashSet<ClientLane> _lanes = new(ByClient.Comparer);
    private readonly Stack<ClientLane> _free = new();

    public int Count => _lanes.Count;

    public ClientLane? Find(ReadOnlySpan<byte> client) =>
        _lanes.GetAlternateLookup<ReadOnlySpan<byte>>().TryGetValue(client, out var lane) ? lane : null;

    public ClientLane Open(ReadOnlySpan<byte> client)
    {
        if (Find(client) is { } open)
        {
            return open;
        }

        var lane = _free.TryPop(out var free) ? free : new ClientLane();
        lane.Begin(client, ByClient.HashOf(client), isDelivery);
        _lanes.Add(lane);
        return lane;
    }

    /// <summary>Gives back a lane that has no records and waits for nothing.</summary>
    public void Close(ClientLane lane)
    {
        if (_lanes.Remove(lane))
        {
            _free.Push(lane);
        }
    }

    public ClientLane[] ToArray() => [.. _lanes];

    private sealed class ByClient
        : IEqualityComparer<ClientLane>,
            IAlternateEqualityComparer<ReadOnlySpan<byte>, ClientLane>
    {
        public static readonly ByClient Comparer = new();

        // Seeded for each process: whoever chooses Client Identifiers cannot choose collisions.
        public static int HashOf(ReadOnlySpan<byte> client)
        {
            var hash = new HashCode();
            hash.AddBytes(client);
            return hash.ToHashCode();
        }

        public bool Equals(ClientLane? one, ClientLane? other) => ReferenceEquals(one, other);

        public int GetHashCode(ClientLane lane) => lane.Hash;

        public bool Equals(ReadOnlySpan<byte> client, ClientLane lane) => lane.Client.SequenceEqual(client);

        public int GetHashCode(ReadOnlySpan<byte> client) => HashOf(client);

        public ClientLane Create(ReadOnlySpan<byte> client) => throw new NotSupportedException("lanes are pooled");
    }
}
