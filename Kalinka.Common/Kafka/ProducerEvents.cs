using Confluent.Kafka;
using Kalinka.Common.Kafka.Native;
using Microsoft.Extensions.Logging;

namespace Kalinka.Common.Kafka;

/// <summary>The one thread that takes a producer's events: delivery reports, errors, logs.</summary>
internal sealed unsafe class ProducerEvents : IDisposable
{
    private const int PollMs = 1000;
    private const int BusyPollMs = 5;

    private readonly ClientHandle _client;
    private readonly LoneRecords _loneRecords;
    private readonly DeliveryReports _deliveries;
    private readonly IDeliveryReports _reports;
    private readonly ClientErrors _errors;
    private readonly ILogger _logger;
    private readonly Thread _thread;
    private volatile bool _stopped;

    // The report thread.
    private bool _fatal;

    public ProducerEvents(
        ClientHandle client,
        LoneRecords loneRecords,
        DeliveryReports deliveries,
        IDeliveryReports reports,
        ClientErrors errors,
        ILogger logger
    )
    {
        (_client, _loneRecords, _deliveries) = (client, loneRecords, deliveries);
        (_reports, _errors, _logger) = (reports, errors, logger);
        _thread = new Thread(Run) { Name = "kafka-reports", IsBackground = true };
        _thread.Start();
    }

    /// <summary>Raised on the report thread when no broker can be reached any more.</summary>
    public event Action? BrokersLost;

    /// <summary>No report comes after it has returned. Not on the report thread.</summary>
    public void Dispose()
    {
        _stopped = true;
        LibRdKafka.QueueYield(_client.Events);
        _thread.Join();
    }

    private void Run()
    {
        while (!_stopped)
        {
            var clientEvent = LibRdKafka.QueuePoll(_client.Events, _loneRecords.IsBusy ? BusyPollMs : PollMs);
            if (clientEvent != 0)
            {
                Take(clientEvent);
            }

            while ((clientEvent = _loneRecords.PollEvent()) != 0)
            {
                Take(clientEvent);
            }
        }
    }

    private void Take(nint clientEvent)
    {
        try
        {
            Dispatch(clientEvent);
        }
        catch (Exception failure)
        {
            _logger.LogCritical(failure, "The receiver of delivery reports has failed");
            Fail($"the receiver of delivery reports has failed: {failure.Message}");
        }
        finally
        {
            LibRdKafka.EventDestroy(clientEvent);
        }
    }

    private void Dispatch(nint clientEvent)
    {
        switch (LibRdKafka.EventType(clientEvent))
        {
            case LibRdKafka.EventDeliveryReport:
                _deliveries.Read(clientEvent);
                break;
            case LibRdKafka.EventError:
                TakeError(clientEvent);
                break;
            case LibRdKafka.EventLog:
                TakeLog(clientEvent);
                break;
        }
    }

    private void TakeError(nint clientEvent)
    {
        var code = LibRdKafka.EventErrorCode(clientEvent);
        var reason = NativeText.Read(LibRdKafka.EventErrorString(clientEvent));
        if (LibRdKafka.EventErrorIsFatal(clientEvent) != 0)
        {
            Fail(_client.FatalReason ?? reason);
            return;
        }

        _errors.Report(code, reason);
        if (code == ErrorCode.Local_AllBrokersDown)
        {
            BrokersLost?.Invoke();
        }
    }

    private void TakeLog(nint clientEvent)
    {
        if (LibRdKafka.EventLogOf(clientEvent, out var facility, out var text, out var level) == 0)
        {
            _errors.Log(level, NativeText.Read(facility), NativeText.Read(text));
        }
    }

    private void Fail(string description)
    {
        if (!_fatal)
        {
            _fatal = true;
            _reports.OnFatal(description);
        }
    }
}
