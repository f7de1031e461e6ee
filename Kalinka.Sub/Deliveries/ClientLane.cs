using Kalinka.Common.Directory;
using Kalinka.Common.Mapping;

namespace Kalinka.Sub.Deliveries;

/// <summary>
/// The records for one client, in the order in which they came: the first ones in flight, the others behind them.
/// Pooled; exists while the client has records. The dispatcher's.
/// </summary>
internal sealed class ClientLane : IChained<ClientLane>
{
    private readonly ReusableBytes _client = new();
    private readonly Chain<Delivery> _records = new();

    /// <summary>Client Identifier, UTF-8.</summary>
    public ReadOnlySpan<byte> Client => _client.Written;

    public int Hash { get; private set; }

    /// <summary>Its records come from the delivery topic.</summary>
    public bool IsDelivery { get; private set; }

    /// <summary>The oldest record.</summary>
    public Delivery? First => _records.First;

    public int Count => _records.Count;

    public int InFlight { get; private set; }

    // Where it waits: in one queue, or for the directory's answer.
    public LaneQueue? Queue { get; set; }

    public ClientLane? Previous { get; set; }

    public ClientLane? Next { get; set; }

    public ReadPurpose Reading { get; set; }

    public bool IsWaiting => Queue is not null || Reading != ReadPurpose.None;

    /// <summary>The directory's answer that the next step goes by.</summary>
    public Location? Answer { get; set; }

    /// <summary>Why no directory can have such a client; null where one can.</summary>
    public string? Rejection { get; set; }

    /// <summary>The entry changed while it was read: the answer may be the one of before.</summary>
    public bool Changed { get; set; }

    /// <summary>A connection ended under one of its publishes.</summary>
    public bool Lost { get; set; }

    /// <summary>Since when the directory has no entry; monotonic milliseconds, 0 when it has one.</summary>
    public long AbsentMs { get; set; }

    /// <summary>
    /// Since when <see cref="RefusedBy"/> has nobody for its records; monotonic milliseconds, 0 while they are taken.
    /// </summary>
    public long RefusedMs { get; set; }

    public string? RefusedBy { get; set; }

    /// <summary>Since when its broker has no quota for it; monotonic milliseconds, 0 while it has.</summary>
    public long QuotaMs { get; set; }

    /// <summary>When to try again; monotonic milliseconds.</summary>
    public long RetryMs { get; set; }

    /// <summary>The pause before the next attempt; 0 before the first.</summary>
    public long BackOffMs { get; set; }

    /// <summary>Too many records wait: it is decided as soon as the ensemble has been asked.</summary>
    public bool Hurried { get; set; }

    public void Begin(ReadOnlySpan<byte> client, int hash, bool isDelivery)
    {
        IsDelivery = isDelivery;
        _client.Clear();
        _client.Append(client);
        Hash = hash;
        Answer = null;
        Rejection = RefusedBy = null;
        Changed = Lost = Hurried = false;
        AbsentMs = RefusedMs = QuotaMs = RetryMs = BackOffMs = 0;
    }

    /// <summary>The oldest record that is not in flight.</summary>
    public Delivery? NextWaiting()
    {
        var delivery = First;
        while (delivery is { InFlight: true })
        {
            delivery = delivery.Next;
        }

        return delivery;
    }

    public void Add(Delivery delivery)
    {
        delivery.Lane = this;
        _records.AddLast(delivery);
    }

    public void Remove(Delivery delivery)
    {
        _records.Remove(delivery);
        delivery.Lane = null;
    }

    public void Depart(Delivery delivery)
    {
        delivery.InFlight = true;
        InFlight++;
    }

    public void ComeBack(Delivery delivery)
    {
        delivery.InFlight = false;
        InFlight--;
    }
}

/// <summary>Why a lane asks the directory.</summary>
internal enum ReadPurpose
{
    None,

    /// <summary>Where is the client?</summary>
    Locate,

    /// <summary>A broker has nobody for it: has the client moved?</summary>
    Follow,

    /// <summary>Its time is over: is it still not there?</summary>
    Conclude,
}
