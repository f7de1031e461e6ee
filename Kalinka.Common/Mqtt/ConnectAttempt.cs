using System.Net;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography;
using Microsoft.Extensions.Logging;

namespace Kalinka.Common.Mqtt;

/// <summary>One way from a broker's address to a connection, on the thread that then receives.</summary>
internal sealed class ConnectAttempt(
    MqttConnectOptions options,
    IMqttConnectionHandler handler,
    MqttLimits limits,
    TimeProvider time,
    ILogger logger
)
{
    private readonly TaskCompletionSource<IMqttConnection> _result = new(
        TaskCreationOptions.RunContinuationsAsynchronously
    );
    private volatile string _phase = "resolving the host's name";

    public async Task<IMqttConnection> RunAsync(CancellationToken cancellationToken)
    {
        using var timeout = new CancellationTokenSource(options.ConnectTimeout, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, timeout.Token);
        try
        {
            var addresses = await Dns.GetHostAddressesAsync(options.Broker.Host, either.Token);
            var thread = new Thread(() => Run(new BrokerLink(), addresses, either.Token))
            {
                Name = $"mqtt receive {options.Broker.Name}",
                IsBackground = true,
            };
            thread.Start();
            return await _result.Task;
        }
        catch (Exception failure)
        {
            cancellationToken.ThrowIfCancellationRequested();
            throw timeout.IsCancellationRequested ? TimedOut(failure) : Explained(failure);
        }
    }

    private void Run(BrokerLink link, IPAddress[] addresses, CancellationToken cancellationToken)
    {
        MqttConnection connection;
        try
        {
            using (cancellationToken.UnsafeRegister(static state => ((BrokerLink)state!).Abort(), link))
            {
                connection = Connect(link, addresses);
            }

            cancellationToken.ThrowIfCancellationRequested();
            handler.OnConnected(connection);
        }
        catch (Exception failure)
        {
            link.Dispose();
            _result.SetException(failure);
            return;
        }

        _result.SetResult(connection);
        connection.Receive();
    }

    private MqttConnection Connect(BrokerLink link, IPAddress[] addresses)
    {
        var broker = options.Broker;
        _phase = "connecting";
        link.Connect(addresses, broker.Port, options.ConnectTimeout / addresses.Length, time);
        if (broker.Tls is { } tls)
        {
            _phase = "in the TLS handshake";
            link.StartTls(broker.Host, tls);
        }

        _phase = "waiting for CONNACK";
        var buffer = new ReceiveBuffer(limits.MaximumPacketSize);
        var grant = ConnectHandshake.Run(link, buffer, options, limits);
        logger.LogInformation(
            "{Broker}: connected as {ClientId}, session present {SessionPresent}, window {ReceiveMaximum}",
            broker,
            options.ClientId,
            grant.SessionPresent,
            grant.ReceiveMaximum
        );
        return new MqttConnection(link, buffer, grant, options, limits, handler, time, logger);
    }

    private MqttException TimedOut(Exception failure) =>
        new(
            $"{options.Broker.Address} did not answer within {options.ConnectTimeout.TotalSeconds:0.#} s ({_phase})",
            inner: failure
        );

    private Exception Explained(Exception failure)
    {
        var address = options.Broker.Address;
        return failure switch
        {
            MqttException => failure,
            SocketException => new MqttException($"cannot reach {address}: {failure.Message}", inner: failure),
            AuthenticationException => new MqttException(
                $"TLS with {address} failed: {failure.Message}",
                inner: failure
            ),
            CryptographicException or UnauthorizedAccessException or FileNotFoundException => new MqttException(
                $"the TLS files for {address} cannot be used: {failure.Message}",
                inner: failure
            ),
            _ => new MqttException($"{address} failed us while {_phase}: {failure.Message}", inner: failure),
        };
    }
}
