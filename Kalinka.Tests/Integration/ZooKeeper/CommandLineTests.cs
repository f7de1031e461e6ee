using System.Diagnostics;
using System.Net;
using Kalinka.QuickStart.ZooKeeper;

namespace Kalinka.Tests.Integration.ZooKeeper;

/// <summary>ZooKeeper's own client (zkCli.sh) takes the server in memory for one of its kind.</summary>
internal sealed class CommandLineTests
{
    [Test]
    public async Task ZooKeepers_own_client_works_with_the_server_in_memory()
    {
        await using var server = MemoryZooKeeper.Start(IPAddress.Loopback, 0);
        var said = await RunAsync(
            server.Port,
            """
            create /clients
            create /clients/c1 b1
            get -w /clients/c1
            set /clients/c1 b2
            get -s /clients/c1
            create -s /clients/n- x
            create -e /e y
            ls /clients
            addWatch -m PERSISTENT_RECURSIVE /clients
            delete /clients/c1
            addauth digest u:p
            sync /
            stat /clients
            quit
            """
        );

        string[] expected =
        [
            "Created /clients/c1",
            "type:NodeDataChanged path:/clients/c1",
            "b2",
            "dataVersion = 1",
            "Created /clients/n-0000000001",
            "[c1, n-0000000001]",
            "type:NodeDeleted path:/clients/c1",
            "Sync is OK",
            "numChildren = 1",
        ];
        foreach (var line in expected)
        {
            Assert.That(said, Does.Contain(line));
        }
    }

    private static async Task<string> RunAsync(int port, string commands)
    {
        using var client = Process.Start(
            new ProcessStartInfo(
                "java",
                $"-Djline.terminal=jline.UnsupportedTerminal -cp /usr/share/java/zookeeper.jar "
                    + $"org.apache.zookeeper.ZooKeeperMain -server 127.0.0.1:{port}"
            )
            {
                RedirectStandardInput = true,
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            }
        )!;
        var output = client.StandardOutput.ReadToEndAsync();
        var errors = client.StandardError.ReadToEndAsync();
        await client.StandardInput.WriteLineAsync(commands);
        client.StandardInput.Close();
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        await client.WaitForExitAsync(limit.Token);
        return await output + await errors;
    }
}
