using Kalinka.Tests.Stack;

namespace Kalinka.Tests.Integration.EndToEnd;

/// <summary>Daemons die under load; what they had not settled is delivered by the others.</summary>
[TestFixture]
public sealed class CrashTests
{
    private const int Devices = 20;
    private const int Rounds = 200;

    [Test]
    public async Task One_pub_and_one_sub_killed_under_load_lose_nothing()
    {
        await using var landscape = await Landscape.StartAsync();
        Daemon[] pubs = [landscape.StartPub("pub-1", seats: 2), landscape.StartPub("pub-2", seats: 2)];
        Daemon[] subs = [landscape.StartSub("sub-1"), landscape.StartSub("sub-2")];
        await Task.WhenAll(pubs.Concat(subs).Select(daemon => daemon.WaitConnectedAsync()));
        var devices = await ConnectAsync(landscape);

        var sent = await SendAsync(
            devices,
            round =>
            {
                if (round == Rounds / 3)
                {
                    Holder(pubs).Kill();
                }
                else if (round == Rounds / 2)
                {
                    subs[0].Kill();
                }
            }
        );
        var ledger = new Ledger(sent, devices);
        await Eventually.That(
            () => ledger.Arrived == sent.Count,
            TimeSpan.FromSeconds(120),
            "every message has arrived"
        );

        Assert.That(ledger.Lost(), Is.Empty);
        TestContext.Out.WriteLine($"{sent.Count} sent, 0 lost, {ledger.Duplicates()} duplicates");
        foreach (var device in devices)
        {
            await device.DisposeAsync();
        }
    }

    // The one that reads at least one broker, so that its death matters.
    private static Daemon Holder(Daemon[] pubs) =>
        pubs.First(pub =>
            pub.StatusAsync()
                .GetAwaiter()
                .GetResult()
                .RootElement.GetProperty("brokers")
                .EnumerateArray()
                .Any(broker => broker.GetProperty("seats").GetArrayLength() > 0)
        );

    private static async Task<List<Device>> ConnectAsync(Landscape landscape)
    {
        var devices = new List<Device>();
        for (var number = 0; number < Devices; number++)
        {
            devices.Add(await Device.ConnectAsync($"d{number}", landscape.Brokers[number % 2].Port));
        }

        return devices;
    }

    private static async Task<List<string>> SendAsync(List<Device> devices, Action<int> beforeRound)
    {
        var sent = new List<string>();
        using var pace = new PeriodicTimer(TimeSpan.FromMilliseconds(50));
        for (var round = 0; round < Rounds; round++)
        {
            beforeRound(round);
            await Task.WhenAll(
                devices.Select((device, index) => device.SendAsync(devices[(index + 1) % Devices].Name, round))
            );
            sent.AddRange(
                devices.Select((device, index) => $"{device.Name}>{devices[(index + 1) % Devices].Name}:{round}")
            );
            await pace.WaitForNextTickAsync();
        }

        return sent;
    }
}
