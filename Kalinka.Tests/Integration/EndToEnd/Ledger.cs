namespace Kalinka.Tests.Integration.EndToEnd;

/// <summary>What was sent, compared with what arrived.</summary>
internal sealed class Ledger(IReadOnlyCollection<string> sent, IReadOnlyCollection<Device> devices)
{
    public int Arrived => devices.Sum(device => device.Texts().Distinct().Count());

    public IReadOnlyList<string> Lost() => [.. sent.Except(devices.SelectMany(device => device.Texts()))];

    public int Duplicates() =>
        devices.Sum(device => device.Texts() is var texts ? texts.Count - texts.Distinct().Count() : 0);

    /// <summary>Senders whose first arrivals, at one receiver, are not in the order of sending.</summary>
    public IReadOnlyList<string> OutOfOrder() =>
        [
            .. devices.SelectMany(device =>
                device
                    .Texts()
                    .Distinct()
                    .GroupBy(text => text.Split(':')[0])
                    .Where(flow => !IsAscending(flow.Select(text => int.Parse(text.Split(':')[1], null))))
                    .Select(flow => flow.Key)
            ),
        ];

    private static bool IsAscending(IEnumerable<int> numbers) => numbers.SequenceEqual(numbers.Order());
}
