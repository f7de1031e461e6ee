using System.Net;
using Kalinka.Common.ZooKeeper;
using Kalinka.QuickStart.ZooKeeper;
using Kalinka.Tests.Common.Configuration;
using Microsoft.Extensions.Logging.Abstractions;

namespace Kalinka.Tests.Sub.Verbs;

/// <summary>Verbs of sub that look at an ensemble, and the file that names it.</summary>
internal abstract class EnsembleFixture
{
    private MemoryZooKeeper _ensemble = null!;

    private protected string _file = "";

    [SetUp]
    public void Start()
    {
        _ensemble = MemoryZooKeeper.Start(IPAddress.Loopback, 0);
        _file = Path.GetTempFileName();
        Configure(_ensemble.Port);
    }

    [TearDown]
    public async Task Stop()
    {
        await _ensemble.DisposeAsync();
        File.Delete(_file);
    }

    private protected void Configure(int port) =>
        File.WriteAllText(
            _file,
            ConfigurationText.Sub.With($$"""{ "ZooKeeper": { "ConnectionString": "127.0.0.1:{{port}}/kalinka" } }""")
        );

    /// <summary>The ensemble as it is configured.</summary>
    private protected ZooKeeperOptions Ensemble() =>
        ConfigurationText.LoadSub(File.ReadAllText(_file)).Options!.ZooKeeper!;

    private protected ZooKeeperClient Client()
    {
        var client = new ZooKeeperClient(Ensemble(), TimeProvider.System, NullLogger.Instance);
        client.Start();
        return client;
    }
}
