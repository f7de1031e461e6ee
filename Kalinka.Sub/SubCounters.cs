using System.Diagnostics.Metrics;

namespace Kalinka.Sub;

/// <summary>
/// What has been counted since the start. Each number is written by one thread and read by any: counting a message costs
/// an addition, and the meter asks when it is asked.
/// </summary>
internal sealed class SubCounters
{
    private static readonly string[] DropNames = ["unmapped", "expired", "too-old", "absent"];

    private static readonly string[] DeadLetterNames =
    [
        "mapping",
        "loop",
        "rejected",
        "refused",
        "absent",
        "unreachable",
    ];

    private readonly long[] _dropped = new long[DropNames.Length];
    private readonly long[] _deadLettered = new long[DeadLetterNames.Length];
    private long _consumed;
    private long _delivered;
    private long _retried;
    private long _leftOut;
    private long _relayed;
    private long _hopped;
    private long _repeated;

    public void Consumed() => _consumed++;

    /// <summary>Accepted by a broker for a subscription, or handed over at QoS 0.</summary>
    public void Delivered() => _delivered++;

    /// <summary>A publish came back and goes out again.</summary>
    public void Retried() => _retried++;

    /// <summary>Headers that MQTT could not carry.</summary>
    public void LeftOut(int headers) => _leftOut += headers;

    /// <summary>Written to a partition of the delivery topic.</summary>
    /// <param name="hop">0: by the application's record; else a client was followed.</param>
    public void Relayed(int hop)
    {
        _relayed++;
        _hopped += hop > 0 ? 1 : 0;
    }

    /// <summary>A record of the delivery topic came again after it was delivered.</summary>
    public void Repeated() => _repeated++;

    public void Dropped(DropReason reason) => _dropped[(int)reason]++;

    public void DeadLettered(DeadLetterReason reason) => _deadLettered[(int)reason]++;

    /// <summary>All of them by name, for the status.</summary>
    public Dictionary<string, long> Snapshot()
    {
        var all = new Dictionary<string, long>
        {
            ["consumed"] = Volatile.Read(ref _consumed),
            ["delivered"] = Volatile.Read(ref _delivered),
            ["retried"] = Volatile.Read(ref _retried),
            ["relayed"] = Volatile.Read(ref _relayed),
            ["followed"] = Volatile.Read(ref _hopped),
            ["repeats left out"] = Volatile.Read(ref _repeated),
            ["headers left out"] = Volatile.Read(ref _leftOut),
        };
        AddNamed(all, "dropped: ", DropNames, _dropped);
        AddNamed(all, "dead letters: ", DeadLetterNames, _deadLettered);
        return all;
    }

    public void Register(Meter meter)
    {
        meter.CreateObservableCounter("kalinka_sub_records_consumed", () => Volatile.Read(ref _consumed));
        meter.CreateObservableCounter("kalinka_sub_records_published", () => Volatile.Read(ref _delivered));
        meter.CreateObservableCounter("kalinka_sub_records_retried", () => Volatile.Read(ref _retried));
        meter.CreateObservableCounter("kalinka_sub_records_relayed", () => Volatile.Read(ref _relayed));
        meter.CreateObservableCounter("kalinka_sub_records_followed", () => Volatile.Read(ref _hopped));
        meter.CreateObservableCounter("kalinka_sub_repeats_left_out", () => Volatile.Read(ref _repeated));
        meter.CreateObservableCounter("kalinka_sub_headers_left_out", () => Volatile.Read(ref _leftOut));
        meter.CreateObservableCounter("kalinka_sub_records_dropped", () => Measure(DropNames, _dropped));
        meter.CreateObservableCounter(
            "kalinka_sub_records_dead_lettered",
            () => Measure(DeadLetterNames, _deadLettered)
        );
    }

    private static void AddNamed(Dictionary<string, long> all, string prefix, string[] names, long[] values)
    {
        for (var index = 0; index < names.Length; index++)
        {
            all[prefix + names[index]] = Volatile.Read(ref values[index]);
        }
    }

    private static IEnumerable<Measurement<long>> Measure(string[] names, long[] values) =>
        names.Select(
            (name, index) =>
                new Measurement<long>(
                    Volatile.Read(ref values[index]),
                    new KeyValuePair<string, object?>("reason", name)
                )
        );
}

/// <summary>Why a record ends without a trace but its count.</summary>
internal enum DropReason
{
    /// <summary>No rule matches.</summary>
    Unmapped,

    /// <summary>Past its Message Expiry.</summary>
    Expired,

    /// <summary>Past <c>MaxAge</c>.</summary>
    TooOld,

    /// <summary>Its client is nowhere, and <c>AbsentClient</c> is <c>Drop</c>.</summary>
    Absent,
}

/// <summary>Why a record becomes a dead letter; the text beside it says it for a person.</summary>
internal enum DeadLetterReason
{
    /// <summary>The rules make nothing legal of it.</summary>
    Mapping,

    /// <summary>It has hopped too often.</summary>
    Loop,

    /// <summary>A broker answered with a reason code of 0x80 or above.</summary>
    Rejected,

    /// <summary>It cannot be sent to that broker.</summary>
    Refused,

    /// <summary>Its client is nowhere.</summary>
    Absent,

    /// <summary>Its broker cannot be reached.</summary>
    Unreachable,
}
